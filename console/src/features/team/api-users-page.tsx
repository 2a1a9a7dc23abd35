// Accounts of programs: what each may do, and its one token, which is shown once.
import { Badge, Group, Menu, Table, Text } from "@mantine/core";
import { useState } from "react";
import { useRemoveMember, useReplaceToken, useTeam } from "../../api/team";
import type { ApiUser } from "../../api/types";
import { useSpace } from "../../app/space";
import { useUrlState } from "../../lib/url-state";
import { ConfirmDialog } from "../../ui/confirm";
import { Copyable } from "../../ui/copy";
import { Empty } from "../../ui/empty";
import { IconEdit, IconKey, IconPlus, IconTrash } from "../../ui/icons";
import { Page as PageFrame } from "../../ui/page";
import { Panel } from "../../ui/panel";
import { PermittedButton } from "../../ui/permitted";
import { QueryView } from "../../ui/query-view";
import { RowMenu } from "../../ui/row-menu";
import { toastDone } from "../../ui/toast";
import { ApiUserDialog } from "./api-user-dialog";
import { TokenDialog } from "./token-dialog";

export function Page() {
  const space = useSpace();
  const query = useTeam(space.api);
  const [open, setOpen] = useUrlState("edit", "", true);
  const [shown, setShown] = useState<ApiUser | null>(null);
  const create = (
    <PermittedButton
      allowed={space.can("teams.users:invite")}
      leftSection={<IconPlus size={16} aria-hidden />}
      onClick={() => setOpen("+")}
    >
      New API user
    </PermittedButton>
  );
  return (
    <PageFrame
      title="API users"
      hint="Accounts of programs. Each has one token and may do what its scopes name, here only."
      actions={create}
    >
      <Panel padding={0}>
        <QueryView
          query={query}
          isEmpty={(team) => team.apiUsers.length === 0}
          empty={
            <Empty title="No API users yet" action={create}>
              Give a build server or a dashboard an account of its own, with no more scopes than it needs.
            </Empty>
          }
        >
          {(team) => <List members={team.apiUsers} onEdit={setOpen} onToken={setShown} />}
        </QueryView>
      </Panel>
      {open !== "" && query.data !== undefined && (
        <ApiUserDialog
          api={space.api}
          member={query.data.apiUsers.find((one) => one.username === open) ?? null}
          onClose={() => setOpen("")}
          onToken={setShown}
        />
      )}
      {shown !== null && <TokenDialog user={shown} onClose={() => setShown(null)} />}
    </PageFrame>
  );
}

function List({
  members,
  onEdit,
  onToken,
}: {
  members: ApiUser[];
  onEdit: (username: string) => void;
  onToken: (user: ApiUser) => void;
}) {
  const space = useSpace();
  const [doomed, setDoomed] = useState<ApiUser | null>(null);
  const [renewed, setRenewed] = useState<ApiUser | null>(null);
  const remove = useRemoveMember(space.api);
  const replace = useReplaceToken(space.api);
  const update = space.can("teams.users:update");
  const removal = space.can("teams.users:remove");
  return (
    <>
      <Table.ScrollContainer minWidth={640}>
        <Table verticalSpacing="sm">
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">Name</Table.Th>
              <Table.Th scope="col">Username</Table.Th>
              <Table.Th scope="col">Scopes</Table.Th>
              <Table.Th scope="col" w={60}>
                <span className="visually-hidden">Actions</span>
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {members.map((one) => (
              <Table.Tr key={one.username}>
                <Table.Td fw={600}>{one.friendly_name}</Table.Td>
                <Table.Td maw={260}>
                  <Copyable value={one.username} label={`Copy the username of ${one.friendly_name}`} />
                </Table.Td>
                <Table.Td>
                  <Group gap={4}>
                    {(one.scopes ?? []).slice(0, 4).map((scope) => (
                      <Badge key={scope} variant="default" radius="sm" tt="none" fw={500}>
                        {scope}
                      </Badge>
                    ))}
                    {(one.scopes?.length ?? 0) > 4 && (
                      <Text size="sm" c="dimmed" title={one.scopes?.slice(4).join(", ")}>
                        and {(one.scopes?.length ?? 0) - 4} more
                      </Text>
                    )}
                    {one.scopes?.length === 0 && <Text c="dimmed">none</Text>}
                  </Group>
                </Table.Td>
                <Table.Td ta="right">
                  <RowMenu of={one.friendly_name}>
                    <Menu.Item
                      leftSection={<IconEdit size={16} aria-hidden />}
                      disabled={!update.ok}
                      title={update.reason}
                      onClick={() => onEdit(one.username)}
                    >
                      Edit
                    </Menu.Item>
                    <Menu.Item
                      leftSection={<IconKey size={16} aria-hidden />}
                      disabled={!update.ok}
                      title={update.reason}
                      onClick={() => setRenewed(one)}
                    >
                      New token
                    </Menu.Item>
                    <Menu.Item
                      leftSection={<IconTrash size={16} aria-hidden />}
                      disabled={!removal.ok}
                      title={removal.reason}
                      onClick={() => setDoomed(one)}
                    >
                      Delete
                    </Menu.Item>
                  </RowMenu>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      <ConfirmDialog
        opened={doomed !== null}
        onClose={() => setDoomed(null)}
        title="Delete API user"
        verb="Delete"
        onConfirm={async () => {
          await remove.mutateAsync(doomed?.username ?? "");
          toastDone(`${doomed?.friendly_name} is deleted.`);
        }}
      >
        <Text size="sm">The token of {doomed?.friendly_name} ends at once. What uses it stops working.</Text>
      </ConfirmDialog>
      <ConfirmDialog
        opened={renewed !== null}
        onClose={() => setRenewed(null)}
        title="New token"
        verb="New token"
        onConfirm={async () => onToken(await replace.mutateAsync(renewed?.username ?? ""))}
      >
        <Text size="sm">The old token of {renewed?.friendly_name} ends at once. The new one is shown once.</Text>
      </ConfirmDialog>
    </>
  );
}
