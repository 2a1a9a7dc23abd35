// A new secret, or a new value of one.
import { Button, Group, Modal, PasswordInput, Stack, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useChangeSecret, useCreateSecret } from "../../api/secrets";
import { fieldErrors, hasOther } from "../../lib/form-errors";
import { ErrorPanel } from "../../ui/error-panel";
import { toastDone } from "../../ui/toast";

const kFields = ["name", "value"];

export function SecretDialog({
  api,
  name,
  onClose,
  onSaved,
}: {
  api: string;
  name: string | null; // null: a new one
  onClose: () => void;
  onSaved?: (name: string) => void;
}) {
  const [newName, setNewName] = useState("");
  const [value, setValue] = useState("");
  const create = useCreateSecret(api);
  const change = useChangeSecret(api);
  const saving = name === null ? create : change;
  const errors = fieldErrors(saving.error, kFields);
  const save = (event: FormEvent) => {
    event.preventDefault();
    const saved = name ?? newName.trim();
    saving.mutate(
      { name: saved, value },
      {
        onSuccess: () => {
          toastDone(name === null ? `${saved} is saved.` : `${saved} has a new value, in force from now on.`);
          onSaved?.(saved);
          onClose();
        },
      },
    );
  };
  return (
    <Modal opened onClose={onClose} title={name === null ? "New secret" : `Change ${name}`} centered>
      <form onSubmit={save} noValidate>
        <Stack>
          {name === null && (
            <TextInput
              label="Name"
              description="Letters, digits and _, such as API_KEY"
              value={newName}
              onChange={(event) => setNewName(event.currentTarget.value)}
              error={errors.name}
              data-autofocus
              autoComplete="off"
              spellCheck={false}
            />
          )}
          <PasswordInput
            label={name === null ? "Value" : "New value"}
            description="It is sealed on the server and never shown again."
            value={value}
            onChange={(event) => setValue(event.currentTarget.value)}
            error={errors.value}
            data-autofocus={name !== null}
            autoComplete="new-password"
          />
          {hasOther(saving.error, kFields) && <ErrorPanel error={saving.error} />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={saving.isPending}>
              Save
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
