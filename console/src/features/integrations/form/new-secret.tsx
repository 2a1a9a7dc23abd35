// A secret that is made while an integration is edited, with a signing key in it where one is asked for.
import { Button, Group, Modal, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useState } from "react";
import { secretsApi, useCreateSecret } from "../../../api/secrets";
import { useSession } from "../../../app/session";
import { useSpace } from "../../../app/space";
import { fieldErrors, hasOther } from "../../../lib/form-errors";
import { allowed, roleOnOrganization } from "../../../lib/permissions";
import { newSigningKey } from "../../../lib/signing-key";
import { Copyable } from "../../../ui/copy";
import { ErrorPanel } from "../../../ui/error-panel";
import { IconPlus } from "../../../ui/icons";
import { PermittedButton } from "../../../ui/permitted";
import { toastDone } from "../../../ui/toast";
import { seesSecrets } from "./secret-choice";

// A product's secrets are its owner's, so what one may do with them is asked there.
function useMayCreate() {
  const space = useSpace();
  const session = useSession();
  if (space.kind !== "product" || space.organization === null) return space.can("secrets:create");
  const role = roleOnOrganization(session, space.organization.slug);
  return allowed(session.permissions, "secrets:create", {
    role,
    ownerRole: role,
    what: "organization",
    administrator: session.user.administrator,
  });
}

export type SecretKind = "any" | "signing key";
const kTexts = {
  any: { button: "Create a secret", example: "DESK_TOKEN" },
  "signing key": { button: "Make a signing key", example: "SIGNING_KEY" },
};

interface Props {
  kind: SecretKind;
  onMade: (name: string) => void;
}

export function NewSecretButton({ kind, onMade }: Props) {
  const space = useSpace();
  const mayCreate = useMayCreate();
  const [opened, dialog] = useDisclosure(false);
  const title = kTexts[kind].button;
  if (!seesSecrets(space)) return null;
  return (
    <>
      <PermittedButton
        allowed={mayCreate}
        size="compact-sm"
        variant="default"
        leftSection={<IconPlus size={14} aria-hidden />}
        onClick={dialog.open}
      >
        {title}
      </PermittedButton>
      <Modal opened={opened} onClose={dialog.close} title={title} centered>
        <NewSecret kind={kind} onMade={onMade} onClose={dialog.close} />
      </Modal>
    </>
  );
}

function NewSecret({ kind, onMade, onClose }: Props & { onClose: () => void }) {
  const create = useCreateSecret(secretsApi(useSpace()));
  const makesKey = kind === "signing key";
  const [name, setName] = useState("");
  const [value, setValue] = useState(() => (makesKey ? newSigningKey() : ""));
  const errors = fieldErrors(create.error, ["name", "value"]);
  const submit = () =>
    create.mutate(
      { name, value },
      {
        onSuccess: () => {
          toastDone(`Secret ${name} created and chosen`);
          onMade(name);
          onClose();
        },
      },
    );
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        // The dialog is drawn outside of the form of the integration, but React hands its events up to it.
        event.stopPropagation();
        submit();
      }}
    >
      <Stack gap="sm">
        <TextInput
          label="Secret name"
          description={`A-Z, 0-9 and _, for example ${kTexts[kind].example}`}
          value={name}
          onChange={(event) => setName(event.currentTarget.value.toUpperCase().replace(/[\s-]/g, "_"))}
          error={errors.name}
          spellCheck={false}
          autoComplete="off"
          data-autofocus
        />
        {makesKey ? (
          <Stack gap={2}>
            <Text size="sm" fw={500}>
              Key
            </Text>
            <Copyable value={value} label="Copy the key" />
          </Stack>
        ) : (
          <PasswordInput
            label="Secret value"
            value={value}
            onChange={(event) => setValue(event.currentTarget.value)}
            error={errors.value}
            autoComplete="off"
            visibilityToggleButtonProps={{ "aria-label": "Show the value", tabIndex: 0 }}
          />
        )}
        {hasOther(create.error, ["name", "value"]) && <ErrorPanel error={create.error} />}
        <Text size="xs" c="dimmed">
          {makesKey
            ? "Copy it now, for the receiver: it can be replaced later, but never read again."
            : "The value can be replaced later, but never read again."}
        </Text>
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={create.isPending} disabled={name === "" || value === ""}>
            Create
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
