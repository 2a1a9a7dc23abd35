// Devices into groups and out of them; and the groups that there are.
import { ActionIcon, Button, Group, Modal, Stack, Table, TagsInput, Text, Tooltip } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useChangeGroups, useDeleteGroup } from "../../api/devices";
import type { DeviceGroup } from "../../api/types";
import { useSpace } from "../../app/space";
import { fieldErrors, hasOther } from "../../lib/form-errors";
import { formatCount, plural } from "../../lib/format";
import { ConfirmDialog } from "../../ui/confirm";
import { ErrorPanel } from "../../ui/error-panel";
import { IconTrash } from "../../ui/icons";
import { PermittedButton } from "../../ui/permitted";
import { toastDone } from "../../ui/toast";
import { groupName } from "./devices";

const kFields = ["metadata.add", "metadata.remove"] as const;

export function GroupsOfDialog({ ids, groups, onClose }: { ids: string[]; groups: string[]; onClose: () => void }) {
  const space = useSpace();
  const [add, setAdd] = useState<string[]>([]);
  const [remove, setRemove] = useState<string[]>([]);
  const changing = useChangeGroups(space.api);
  const errors = fieldErrors(changing.error, kFields);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    changing.mutate(
      { ids, add, remove },
      {
        onSuccess: () => {
          toastDone(`Groups of ${plural(ids.length, "device")} changed`);
          onClose();
        },
      },
    );
  };
  const names = (typed: string[]) => typed.map(groupName).filter((one) => one !== null);
  return (
    <Modal opened onClose={onClose} title={`Groups of ${plural(ids.length, "device")}`}>
      <form onSubmit={submit}>
        <Stack gap="sm">
          <TagsInput
            label="Add to groups"
            description="Small letters, digits, - and _. A new name makes a new group."
            placeholder="canary"
            data={groups}
            value={add}
            onChange={(typed) => setAdd(names(typed))}
            error={errors["metadata.add"]}
            acceptValueOnBlur
            splitChars={[",", " "]}
            data-autofocus
          />
          <TagsInput
            label="Remove from groups"
            data={groups}
            value={remove}
            onChange={(typed) => setRemove(names(typed))}
            error={errors["metadata.remove"]}
            acceptValueOnBlur
            splitChars={[",", " "]}
          />
          {changing.isError && hasOther(changing.error, kFields) && <ErrorPanel error={changing.error} />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={changing.isPending} disabled={add.length + remove.length === 0}>
              Save
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

export function GroupsDialog({
  groups,
  onClose,
  onShow,
}: {
  groups: DeviceGroup[];
  onClose: () => void;
  onShow: (group: string) => void;
}) {
  const space = useSpace();
  const removing = useDeleteGroup(space.api);
  const [asked, setAsked] = useState<string | null>(null);
  const allowed = space.can("groups:remove");
  return (
    <Modal opened onClose={onClose} title="Groups">
      {groups.length === 0 ? (
        <Text size="sm" c="dimmed">
          No device is in a group. Select devices in the list, then choose “Groups…”: the first device makes the group.
        </Text>
      ) : (
        <Table aria-label="Groups" verticalSpacing={4} horizontalSpacing="xs">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Group</Table.Th>
              <Table.Th ta="right">Devices</Table.Th>
              <Table.Th w={44}>
                <span className="visually-hidden">Delete</span>
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {groups.map((one) => (
              <Table.Tr key={one.name}>
                <Table.Td style={{ overflowWrap: "anywhere" }}>
                  <Button variant="subtle" size="compact-sm" onClick={() => onShow(one.name)}>
                    {one.name}
                  </Button>
                </Table.Td>
                <Table.Td ta="right" className="tabular">
                  {formatCount(one.device_count)}
                </Table.Td>
                <Table.Td>
                  <Tooltip label={allowed.ok ? "Delete" : allowed.reason}>
                    <ActionIcon
                      variant="subtle"
                      color="gray"
                      aria-label={`Delete the group ${one.name}`}
                      aria-disabled={!allowed.ok}
                      data-disabled={!allowed.ok || undefined}
                      onClick={() => allowed.ok && setAsked(one.name)}
                    >
                      <IconTrash size={16} aria-hidden />
                    </ActionIcon>
                  </Tooltip>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
      <ConfirmDialog
        opened={asked !== null}
        onClose={() => setAsked(null)}
        title={`Delete the group ${asked ?? ""}?`}
        verb="Delete"
        onConfirm={() => removing.mutateAsync(asked ?? "")}
      >
        <Text size="sm">Every device is taken out of it. The devices themselves stay.</Text>
      </ConfirmDialog>
    </Modal>
  );
}

export function GroupsOfButton({ count, onClick }: { count: number; onClick: () => void }) {
  const space = useSpace();
  return (
    <PermittedButton allowed={space.can("devices:update")} variant="default" size="xs" onClick={onClick}>
      Groups… ({count})
    </PermittedButton>
  );
}
