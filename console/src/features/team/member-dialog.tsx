// Somebody is asked into the team, with an account or without.
import { Button, Group, Modal, Select, Stack, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useInvite } from "../../api/team";
import type { Invited, Role } from "../../api/types";
import { fieldErrors, hasOther } from "../../lib/form-errors";
import { ErrorPanel } from "../../ui/error-panel";

const kFields = ["username", "role"];

export function MemberDialog({
  api,
  onInvited,
  onClose,
}: {
  api: string;
  onInvited: (invited: Invited) => void;
  onClose: () => void;
}) {
  const [username, setUsername] = useState("");
  const [role, setRole] = useState<Role>("Developer");
  const add = useInvite(api);
  const errors = fieldErrors(add.error, kFields);
  const save = (event: FormEvent) => {
    event.preventDefault();
    add.mutate(
      { username: username.trim(), role },
      {
        onSuccess: (invited) => {
          onClose();
          onInvited(invited);
        },
      },
    );
  };
  return (
    <Modal opened onClose={onClose} title="Invite to the team" centered>
      <form onSubmit={save} noValidate>
        <Stack>
          <TextInput
            label="Email"
            description="An account is not needed yet: it can be made with the invitation."
            type="email"
            value={username}
            onChange={(event) => setUsername(event.currentTarget.value)}
            error={errors.username}
            data-autofocus
          />
          <Select
            label="Role"
            data={["View-only", "Support", "Developer", "Administrator"]}
            value={role}
            onChange={(chosen) => setRole((chosen ?? "Developer") as Role)}
            allowDeselect={false}
            error={errors.role}
          />
          {hasOther(add.error, kFields) && <ErrorPanel error={add.error} />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={add.isPending}>
              Invite
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
