// The secrets whose values the templates may use. A new one can be made on the spot.
import { Anchor, Group, Stack } from "@mantine/core";
import { Link } from "react-router";
import { useSpace } from "../../../app/space";
import { useFields } from "./form-state";
import { NewSecretButton } from "./new-secret";
import { SecretChoice } from "./secret-choice";
import { FieldWarning } from "./warning-parts";

export function SecretsField() {
  const space = useSpace();
  const { form, readOnly, error } = useFields();
  const { draft, set } = form;
  const add = (name: string) => set({ secrets: [...draft.secrets.filter((one) => one !== name), name].sort() });
  return (
    <Stack gap={6}>
      <SecretChoice
        label="Secrets"
        description="Chosen ones are names in templates, as {{{NAME}}}. Their values are never shown."
        value={draft.secrets}
        onChange={(secrets) => set({ secrets })}
        error={error("secrets")}
        readOnly={readOnly}
        field="secrets"
      />
      <FieldWarning field="secrets" />
      {!readOnly && (
        <Group gap="sm">
          <NewSecretButton kind="any" onMade={add} />
          {space.kind !== "product" && (
            <Anchor component={Link} to={`${space.path}/secrets`} size="sm" target="_blank">
              All secrets
            </Anchor>
          )}
        </Group>
      )}
    </Stack>
  );
}
