// The secrets whose values the templates may use. A new one can be made on the spot.
import {
  Anchor,
  Button,
  Group,
  Modal,
  MultiSelect,
  PasswordInput,
  Stack,
  TagsInput,
  Text,
  TextInput,
} from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useState } from "react";
import { Link } from "react-router";
import { secretsApi, useCreateSecret, useSecrets } from "../../../api/secrets";
import { useSession } from "../../../app/session";
import { useSpace } from "../../../app/space";
import { fieldErrors, hasOther } from "../../../lib/form-errors";
import { allowed, roleOnOrganization } from "../../../lib/permissions";
import { ErrorPanel } from "../../../ui/error-panel";
import { IconPlus } from "../../../ui/icons";
import { PermittedButton } from "../../../ui/permitted";
import { toastDone } from "../../../ui/toast";
import { useFields } from "./form-state";
import { FieldWarning } from "./warning-parts";

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

export function SecretsField() {
  const space = useSpace();
  const { form, readOnly, error } = useFields();
  const { draft, set } = form;
  // A member of the product's own team does not see the organization's secrets, but may name them.
  const hidden = space.kind === "product" && space.organization === null && space.product?.organization_id != null;
  const api = secretsApi(space);
  const query = useSecrets(api, !hidden);
  const mayCreate = useMayCreate();
  const [opened, dialog] = useDisclosure(false);
  const add = (name: string) => set({ secrets: [...draft.secrets.filter((one) => one !== name), name].sort() });
  const shared = {
    label: "Secrets",
    description: "Chosen ones are names in templates, as {{{NAME}}}. Their values are never shown.",
    value: draft.secrets,
    onChange: (secrets: string[]) => set({ secrets }),
    error: error("secrets"),
    readOnly,
    "data-field": "secrets",
  };
  const known = [...new Set([...(query.data ?? []).map((one) => one.name), ...draft.secrets])];
  return (
    <Stack gap={6}>
      {query.data === undefined ? (
        <TagsInput {...shared} placeholder={draft.secrets.length === 0 ? "Type a name and press Enter" : undefined} />
      ) : (
        <MultiSelect
          {...shared}
          data={known}
          searchable
          placeholder={draft.secrets.length === 0 ? "None chosen" : undefined}
          nothingFoundMessage="There is no such secret"
          comboboxProps={{ withinPortal: true }}
        />
      )}
      <FieldWarning field="secrets" />
      {!readOnly && (
        <Group gap="sm">
          {!hidden && (
            <PermittedButton
              allowed={mayCreate}
              size="compact-sm"
              variant="default"
              leftSection={<IconPlus size={14} aria-hidden />}
              onClick={dialog.open}
            >
              Create a secret
            </PermittedButton>
          )}
          {space.kind !== "product" && (
            <Anchor component={Link} to={`${space.path}/secrets`} size="sm" target="_blank">
              All secrets
            </Anchor>
          )}
        </Group>
      )}
      <Modal opened={opened} onClose={dialog.close} title="Create a secret" centered>
        <NewSecret api={api} onDone={add} onClose={dialog.close} />
      </Modal>
    </Stack>
  );
}

function NewSecret({ api, onDone, onClose }: { api: string; onDone: (name: string) => void; onClose: () => void }) {
  const create = useCreateSecret(api);
  const [name, setName] = useState("");
  const [value, setValue] = useState("");
  const errors = fieldErrors(create.error, ["name", "value"]);
  const submit = () =>
    create.mutate(
      { name, value },
      {
        onSuccess: () => {
          toastDone(`Secret ${name} created and chosen`);
          onDone(name);
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
          description="A-Z, 0-9 and _, for example DESK_TOKEN"
          value={name}
          onChange={(event) => setName(event.currentTarget.value.toUpperCase().replace(/[\s-]/g, "_"))}
          error={errors.name}
          spellCheck={false}
          autoComplete="off"
          data-autofocus
        />
        <PasswordInput
          label="Secret value"
          value={value}
          onChange={(event) => setValue(event.currentTarget.value)}
          error={errors.value}
          autoComplete="off"
          visibilityToggleButtonProps={{ "aria-label": "Show the value", tabIndex: 0 }}
        />
        {hasOther(create.error, ["name", "value"]) && <ErrorPanel error={create.error} />}
        <Text size="xs" c="dimmed">
          The value can be replaced later, but never read again.
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
