// The people of an organization or a product, and their roles.
import { Badge, Group, Menu, Select, Table, Text } from "@mantine/core";
import { useState } from "react";
import { useNavigate } from "react-router";
import { useChangeRole, useRemoveMember, useTeam } from "../../api/team";
import type { Invited, Role, TeamMember } from "../../api/types";
import { useSession } from "../../app/session";
import { useSpace } from "../../app/space";
import { useUrlState } from "../../lib/url-state";
import { ConfirmDialog } from "../../ui/confirm";
import { Empty } from "../../ui/empty";
import { IconLogout, IconTrash, IconUserPlus } from "../../ui/icons";
import { Page as PageFrame } from "../../ui/page";
import { Panel } from "../../ui/panel";
import { PermittedButton } from "../../ui/permitted";
import { QueryView } from "../../ui/query-view";
import { RowMenu } from "../../ui/row-menu";
import { toastDone, toastProblem } from "../../ui/toast";
import { InvitationDialog } from "./invitation-dialog";
import { InvitedTable } from "./invited-table";
import { MemberDialog } from "./member-dialog";
import { RolesTable } from "./roles-table";

const kRoles: Role[] = ["View-only", "Support", "Developer", "Administrator"];

export function Page() {
  const space = useSpace();
  const query = useTeam(space.api);
  const [adding, setAdding] = useUrlState("add", "", true);
  const [invited, setInvited] = useState<Invited | null>(null);
  const add = (
    <PermittedButton
      allowed={space.can("teams.users:invite")}
      leftSection={<IconUserPlus size={16} aria-hidden />}
      onClick={() => setAdding("1")}
    >
      Invite
    </PermittedButton>
  );
  return (
    <PageFrame
      title="Team"
      hint={
        space.kind === "product"
          ? "People of this product alone. The organization's team has its roles here too."
          : "A role here holds in all products of the organization."
      }
      actions={add}
    >
      <Panel padding={0}>
        <QueryView
          query={query}
          isEmpty={(team) => team.people.length === 0}
          empty={
            <Empty title="Nobody of its own" action={add}>
              Invite people who should see this product without the rest of the organization.
            </Empty>
          }
        >
          {(team) => <Members members={team.people} />}
        </QueryView>
      </Panel>
      {(query.data?.invited.length ?? 0) > 0 && (
        <InvitedTable invited={query.data?.invited ?? []} onRenewed={setInvited} />
      )}
      <RolesTable />
      {adding !== "" && <MemberDialog api={space.api} onInvited={setInvited} onClose={() => setAdding("")} />}
      {invited !== null && <InvitationDialog invited={invited} onClose={() => setInvited(null)} />}
    </PageFrame>
  );
}

function Members({ members }: { members: TeamMember[] }) {
  const space = useSpace();
  const session = useSession();
  const navigate = useNavigate();
  const change = useChangeRole(space.api);
  const remove = useRemoveMember(space.api);
  const [doomed, setDoomed] = useState<TeamMember | null>(null);
  const [owner, setOwner] = useState<TeamMember | null>(null);
  const update = space.can("teams.users:update");
  const isMe = (one: TeamMember) => one.username === session.user.username;
  const mayGiveOwner = space.kind === "organization" && space.role === "Owner";
  return (
    <>
      <Table.ScrollContainer minWidth={520}>
        <Table verticalSpacing="sm">
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">Member</Table.Th>
              <Table.Th scope="col" w={220}>
                Role
              </Table.Th>
              <Table.Th scope="col" w={60}>
                <span className="visually-hidden">Actions</span>
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {members.map((one) => {
              const removal = space.can("teams.users:remove", isMe(one));
              return (
                <Table.Tr key={one._id}>
                  <Table.Td>
                    <Group gap="xs">
                      <Text span>{one.username}</Text>
                      {isMe(one) && (
                        <Badge size="xs" variant="default">
                          you
                        </Badge>
                      )}
                    </Group>
                  </Table.Td>
                  <Table.Td>
                    {one.role.name === "Owner" ? (
                      <Text span fw={600} pl="sm">
                        Owner
                      </Text>
                    ) : (
                      <Select
                        aria-label={`Role of ${one.username}`}
                        data={kRoles}
                        value={one.role.name}
                        disabled={!update.ok}
                        title={update.reason}
                        allowDeselect={false}
                        onChange={(role) => {
                          if (role === null) return;
                          change.mutate(
                            { username: one.username, role: role as Role },
                            {
                              onSuccess: () => toastDone(`${one.username} is ${role} now.`),
                              onError: (problem) => toastProblem(problem, "The role was not changed"),
                            },
                          );
                        }}
                      />
                    )}
                  </Table.Td>
                  <Table.Td ta="right">
                    <RowMenu of={one.username}>
                      {mayGiveOwner && one.role.name !== "Owner" && (
                        <Menu.Item onClick={() => setOwner(one)}>Make Owner</Menu.Item>
                      )}
                      <Menu.Item
                        leftSection={
                          isMe(one) ? <IconLogout size={16} aria-hidden /> : <IconTrash size={16} aria-hidden />
                        }
                        disabled={!removal.ok || one.role.name === "Owner"}
                        title={
                          one.role.name === "Owner" ? "The Owner cannot leave before there is another." : removal.reason
                        }
                        onClick={() => setDoomed(one)}
                      >
                        {isMe(one) ? "Leave" : "Remove"}
                      </Menu.Item>
                    </RowMenu>
                  </Table.Td>
                </Table.Tr>
              );
            })}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      <ConfirmDialog
        opened={doomed !== null}
        onClose={() => setDoomed(null)}
        title={doomed !== null && isMe(doomed) ? "Leave the team" : "Remove member"}
        verb={doomed !== null && isMe(doomed) ? "Leave" : "Remove"}
        onConfirm={async () => {
          if (doomed === null) return;
          await remove.mutateAsync(doomed.username);
          toastDone(isMe(doomed) ? "You have left the team." : `${doomed.username} is no longer in the team.`);
          if (isMe(doomed)) navigate("/");
        }}
      >
        <Text size="sm">
          {doomed?.username} loses the access that this team gives, at once. The account itself stays.
        </Text>
      </ConfirmDialog>
      <ConfirmDialog
        opened={owner !== null}
        onClose={() => setOwner(null)}
        title="Make Owner"
        verb="Make Owner"
        onConfirm={async () => {
          if (owner === null) return;
          await change.mutateAsync({ username: owner.username, role: "Owner" });
          toastDone(`${owner.username} is Owner now.`);
        }}
      >
        <Text size="sm">There is exactly one Owner. {owner?.username} becomes it, and you become Administrator.</Text>
      </ConfirmDialog>
    </>
  );
}
