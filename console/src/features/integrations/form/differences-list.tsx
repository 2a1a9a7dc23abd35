// What differs, field by field.
import { Table } from "@mantine/core";
import classes from "./form.module.css";
import { type Difference, labelOf, shownValue } from "./settings-diff";

export function DifferencesList({ differences, from, to }: { differences: Difference[]; from: string; to: string }) {
  return (
    <Table fz="sm" verticalSpacing={6} layout="fixed">
      <Table.Thead>
        <Table.Tr>
          <Table.Th w="28%">Field</Table.Th>
          <Table.Th>{from}</Table.Th>
          <Table.Th>{to}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {differences.map((one) => (
          <Table.Tr key={one.path.join("\n")}>
            <Table.Td style={{ verticalAlign: "top", overflowWrap: "anywhere" }}>{labelOf(one.path)}</Table.Td>
            <Table.Td className={classes.value} c="dimmed">
              {shownValue(one.path, one.from)}
            </Table.Td>
            <Table.Td className={classes.value} fw={500}>
              {shownValue(one.path, one.to)}
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
