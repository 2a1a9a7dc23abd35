// One fact in a table of them: its name, the value, and a button that copies it.
import { Group, Table } from "@mantine/core";
import type { ReactNode } from "react";
import { CopyIcon } from "./copy";

interface Props {
  title: string;
  copy?: string;
  width?: number; // of the titles
  children: ReactNode;
}

export function FactRow({ title, copy, width = 110, children }: Props) {
  return (
    <Table.Tr>
      <Table.Th scope="row" w={width} style={{ background: "none", verticalAlign: "top" }} fw={500}>
        {title}
      </Table.Th>
      <Table.Td style={{ overflowWrap: "anywhere" }}>
        <Group gap={4} wrap="nowrap" align="flex-start">
          <div>{children}</div>
          {copy !== undefined && <CopyIcon value={copy} label={`Copy ${title.toLowerCase()}`} />}
        </Group>
      </Table.Td>
    </Table.Tr>
  );
}
