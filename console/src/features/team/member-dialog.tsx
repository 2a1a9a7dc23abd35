// Somebody with an account joins the team.
import { Button, Group, Modal, Select, Stack, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useAddMember } from "../../api/team";
import type { Role } from "../../api/types";
import { fieldErrors, hasOther } from "../../lib/form-errors";
import { ErrorPanel } from "../../ui/error-panel";
import { toastDone } from "../../ui/toast";

const kFields = ["username", "role"];

export function MemberDialog({ api, onClose }: { api: string; onClose: () => void }) {
  const [username, setUsername] = useState("");
  const [role, setRole] = useState<Role>("Developer");
  const add = useAddMember(api);
  const errors = fieldErrors(add.error, kFields);
  const save = (event: FormEvent) => {
    event.preventDefault();
    add.mutate(
      { username: username.trim(), role },
      {
        onSuccess: () => {
          toastDone(`${username.trim()} is in the team.`);
          onClose();
        },
      },
    );
  };
  return (
    <Modal opened onClose={onClose} title="Add member" centered>
      <form onSubmit={save} noValidate>
        <Stack>
          <TextInput
            label="Email"
            description="Of somebody who has an account on this server."
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
              Add member
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
