// Fields with what they were and what they are, as an audit entry or a version tells them.
import { Table, Text } from "@mantine/core";
import type { Changes, Json } from "../../api/types";

export function ChangeList({ changes }: { changes: Changes }) {
  return (
    <Table.ScrollContainer minWidth={460}>
      <Table layout="fixed" fz="sm" verticalSpacing={6}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col" w={160}>
              Field
            </Table.Th>
            <Table.Th scope="col">Before</Table.Th>
            <Table.Th scope="col">After</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {Object.entries(changes).map(([field, change]) => (
            <Table.Tr key={field}>
              <Table.Td fw={600} style={{ overflowWrap: "anywhere" }}>
                {field}
              </Table.Td>
              <Table.Td>
                <Value value={change?.from ?? null} />
              </Table.Td>
              <Table.Td>
                <Value value={change?.to ?? null} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function Value({ value }: { value: Json }) {
  if (value === null || value === "") {
    return (
      <Text span c="dimmed" size="sm">
        {value === null ? "none" : "empty"}
      </Text>
    );
  }
  const text = typeof value === "string" ? value : JSON.stringify(value, null, 2);
  return (
    <Text span className="mono" size="sm" style={{ whiteSpace: "pre-wrap" }}>
      {text}
    </Text>
  );
}
