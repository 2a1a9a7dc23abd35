// What each role may do, from the server's own table.
import { Table, Text } from "@mantine/core";
import type { Role } from "../../api/types";
import { useSession } from "../../app/session";
import { rankOf } from "../../lib/permissions";
import { IconCheck } from "../../ui/icons";
import { Panel } from "../../ui/panel";

const kRoles: Role[] = ["View-only", "Support", "Developer", "Administrator", "Owner"];

export function RolesTable() {
  const { permissions } = useSession();
  const rows = permissions.filter((one) => one.role !== null);
  return (
    <Panel title="What each role may do" padding={0}>
      <Table.ScrollContainer minWidth={720}>
        <Table verticalSpacing={6} fz="sm">
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">May</Table.Th>
              {kRoles.map((role) => (
                <Table.Th key={role} scope="col" ta="center" w={110}>
                  {role}
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((row) => (
              <Table.Tr key={row.name}>
                <Table.Td>
                  {row.sentence}
                  {row.for_oneself && (
                    <Text span c="dimmed" size="xs">
                      {" "}
                      Everybody for oneself.
                    </Text>
                  )}
                </Table.Td>
                {kRoles.map((role) => (
                  <Table.Td key={role} ta="center">
                    {rankOf(role) >= rankOf(row.role) ? (
                      <IconCheck size={16} role="img" aria-label="yes" />
                    ) : (
                      <Text span c="dimmed" aria-label="no">
                        –
                      </Text>
                    )}
                  </Table.Td>
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Panel>
  );
}
