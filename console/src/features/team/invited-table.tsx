// Who is invited to the team and has not answered.
import { Menu, Table, Text } from "@mantine/core";
import { useState } from "react";
import { useRemoveMember, useRenewInvitation } from "../../api/team";
import type { Invited, TeamMember } from "../../api/types";
import { useSpace } from "../../app/space";
import { ConfirmDialog } from "../../ui/confirm";
import { IconLink, IconTrash } from "../../ui/icons";
import { Panel } from "../../ui/panel";
import { RowMenu } from "../../ui/row-menu";
import { Time } from "../../ui/time";
import { toastDone, toastProblem } from "../../ui/toast";

export function InvitedTable({ invited, onRenewed }: { invited: TeamMember[]; onRenewed: (invited: Invited) => void }) {
  const space = useSpace();
  const renew = useRenewInvitation(space.api);
  const withdraw = useRemoveMember(space.api);
  const [doomed, setDoomed] = useState<TeamMember | null>(null);
  const renewal = space.can("teams.users:invite");
  const removal = space.can("teams.users:remove");
  return (
    <Panel title="Invited" padding={0}>
      <Table.ScrollContainer minWidth={520}>
        <Table verticalSpacing="sm" aria-label="Invited">
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">For</Table.Th>
              <Table.Th scope="col">Role</Table.Th>
              <Table.Th scope="col">By</Table.Th>
              <Table.Th scope="col">Ends</Table.Th>
              <Table.Th scope="col" w={60}>
                <span className="visually-hidden">Actions</span>
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {invited.map((one) => (
              <Table.Tr key={one._id}>
                <Table.Td>{one.username}</Table.Td>
                <Table.Td>{one.role.name}</Table.Td>
                <Table.Td>{one.invited_by}</Table.Td>
                <Table.Td>{one.expires_at !== undefined && <Time value={one.expires_at} />}</Table.Td>
                <Table.Td ta="right">
                  <RowMenu of={one.username}>
                    <Menu.Item
                      leftSection={<IconLink size={16} aria-hidden />}
                      disabled={!renewal.ok}
                      title={renewal.reason ?? "The link from before ends."}
                      onClick={() =>
                        renew.mutate(one.username, {
                          onSuccess: onRenewed,
                          onError: (problem) => toastProblem(problem, "The invitation was not renewed"),
                        })
                      }
                    >
                      Renew with a new link
                    </Menu.Item>
                    <Menu.Item
                      leftSection={<IconTrash size={16} aria-hidden />}
                      disabled={!removal.ok}
                      title={removal.reason}
                      onClick={() => setDoomed(one)}
                    >
                      Withdraw
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
        title="Withdraw invitation"
        verb="Withdraw"
        onConfirm={async () => {
          if (doomed === null) return;
          await withdraw.mutateAsync(doomed.username);
          toastDone(`The invitation of ${doomed.username} is withdrawn.`);
        }}
      >
        <Text size="sm">The link that {doomed?.username} may have got ends at once.</Text>
      </ConfirmDialog>
    </Panel>
  );
}
