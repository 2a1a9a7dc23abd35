// The keys that sign each request, by the secrets that hold them. A new key can be made on the spot.
import { Group, Stack } from "@mantine/core";
import { useFields } from "./form-state";
import { NewSecretButton } from "./new-secret";
import { SecretChoice } from "./secret-choice";
import { FieldWarning } from "./warning-parts";

export function SigningField() {
  const { form, readOnly, error } = useFields();
  const { draft, set } = form;
  return (
    <Stack gap={6}>
      <SecretChoice
        label="Signed by"
        description="The receiver can check that a request is yours and unchanged (Standard Webhooks). Each chosen secret holds a key, whsec_ or whsk_, and adds a signature; choose two while keys are changed."
        value={draft.signing}
        onChange={(signing) => set({ signing })}
        error={error("signing")}
        readOnly={readOnly}
        field="signing"
      />
      <FieldWarning field="signing" />
      {!readOnly && (
        <Group gap="sm">
          <NewSecretButton kind="signing key" onMade={(name) => set({ signing: [...draft.signing, name] })} />
        </Group>
      )}
    </Stack>
  );
}
