// A new API user, or another name or other scopes of one. Other scopes come with a new token.
import { Button, Group, Modal, MultiSelect, Stack, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useChangeApiUser, useCreateApiUser, useScopes } from "../../api/team";
import type { ApiUser } from "../../api/types";
import { fieldErrors, hasOther } from "../../lib/form-errors";
import { ErrorPanel } from "../../ui/error-panel";
import { toastDone } from "../../ui/toast";

const kFields = ["friendly_name", "scopes"];

export function ApiUserDialog({
  api,
  member,
  onClose,
  onToken,
}: {
  api: string;
  member: ApiUser | null; // null: a new one
  onClose: () => void;
  onToken: (user: ApiUser) => void;
}) {
  const [name, setName] = useState(member?.friendly_name ?? "");
  const [scopes, setScopes] = useState<string[]>(member?.scopes ?? []);
  const known = useScopes(true);
  const create = useCreateApiUser(api);
  const change = useChangeApiUser(api);
  const error = member === null ? create.error : change.error;
  const errors = fieldErrors(error, kFields);
  const done = (user: ApiUser) => {
    onClose();
    if (user.tokens !== undefined) onToken(user);
    else toastDone(`${user.friendly_name} is saved.`);
  };
  const save = (event: FormEvent) => {
    event.preventDefault();
    const input = { friendly_name: name.trim(), scopes };
    if (member === null) create.mutate(input, { onSuccess: done });
    else change.mutate({ username: member.username, ...input }, { onSuccess: done });
  };
  return (
    <Modal opened onClose={onClose} title={member === null ? "New API user" : `Edit ${member.friendly_name}`} centered>
      <form onSubmit={save} noValidate>
        <Stack>
          <TextInput
            label="Name"
            description="What it is for, such as Dashboard"
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            error={errors.friendly_name}
            data-autofocus
          />
          <MultiSelect
            label="Scopes"
            description={member === null ? "What it may do" : "Other scopes come with a new token; the old one ends."}
            data={[...new Set([...(known.data ?? []), ...scopes])].sort()}
            value={scopes}
            onChange={setScopes}
            searchable
            clearable
            clearButtonProps={{ "aria-label": "Clear scopes" }}
            error={errors.scopes}
            maxDropdownHeight={240}
          />
          {hasOther(error, kFields) && <ErrorPanel error={error} />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={create.isPending || change.isPending}>
              {member === null ? "Create API user" : "Save"}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
