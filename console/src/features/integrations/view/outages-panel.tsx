// When its receivers failed: the last outages, those that last among them. Not there if there were none.
import { Table, Text } from "@mantine/core";
import type { IntegrationDetail } from "../../../api/types";
import { useOutages } from "../../../api/waiting";
import { useSpace } from "../../../app/space";
import { spanText } from "../../../lib/duration";
import { localTime, plural } from "../../../lib/format";
import { Panel } from "../../../ui/panel";

export function OutagesPanel({ one }: { one: IntegrationDetail }) {
  const space = useSpace();
  const { data: outages = [] } = useOutages(space, one.id);
  if (outages.length === 0) return null;
  return (
    <Panel title="Outages">
      <Table.ScrollContainer minWidth={560}>
        <Table aria-label="Outages" fz="sm" verticalSpacing={6} horizontalSpacing="sm">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Began</Table.Th>
              <Table.Th>Lasted</Table.Th>
              <Table.Th>Where</Table.Th>
              <Table.Th>Failed</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {outages.map((outage) => (
              <Table.Tr key={outage.id}>
                <Table.Td>{localTime(outage.began_at)}</Table.Td>
                <Table.Td>
                  {outage.ended_at === null
                    ? "It lasts"
                    : spanText(Date.parse(outage.ended_at) - Date.parse(outage.began_at))}
                </Table.Td>
                <Table.Td style={{ overflowWrap: "anywhere" }}>
                  {outage.destination ?? "No request could be made"}
                  {space.kind !== "product" && outage.product !== null && (
                    <Text size="xs" c="dimmed">
                      {outage.product.name ?? `Product ${outage.product.id}`}
                    </Text>
                  )}
                </Table.Td>
                <Table.Td style={{ overflowWrap: "anywhere" }}>
                  {plural(outage.failures, "attempt")}
                  <Text size="xs" c="dimmed">
                    {outage.error}
                  </Text>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Panel>
  );
}
