// One rendered request: whether it is made at all, and what exactly is sent.
import { Group, Stack, Table, Text } from "@mantine/core";
import type { Preview } from "../../../api/types";
import { prettyJson } from "../../../lib/format";
import { CopyIcon } from "../../../ui/copy";
import { TextBlock } from "../../../ui/text-block";
import classes from "./form.module.css";
import { labelOf } from "./settings-diff";

export function PreviewView({ preview, named }: { preview: Preview; named: boolean }) {
  const { request } = preview;
  return (
    <Stack gap={8}>
      {named && (
        <Text fw={600} size="sm">
          {preview.name ?? preview.slug}
        </Text>
      )}
      <Group gap={8} wrap="nowrap" align="flex-start">
        <span className={classes.badge} data-kind={preview.fires ? "good" : "quiet"}>
          {preview.fires ? "Fires" : "Does not fire"}
        </span>
        <Text size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>
          {preview.why}
        </Text>
      </Group>
      {preview.warnings?.map((one) => (
        <Text key={`${one.field} ${one.message}`} size="sm" className={classes.warning} role="note">
          {one.field === null ? "" : `${labelOf(one.field.split("."))}: `}
          {one.message}
        </Text>
      ))}
      {preview.error !== null && (
        <Text size="sm" c="var(--mantine-color-error)">
          {preview.error}
        </Text>
      )}
      {request !== null && (
        <>
          <Group gap={6} wrap="nowrap" align="flex-start">
            <Text span className="mono" fw={700}>
              {request.method}
            </Text>
            <Text span className="mono" style={{ flex: 1 }} data-testid="preview-url">
              {request.url}
            </Text>
            <CopyIcon value={request.url} label="Copy the URL" />
          </Group>
          <Table verticalSpacing={2} horizontalSpacing={6} fz="xs" layout="fixed" withRowBorders={false}>
            <Table.Thead className="visually-hidden">
              <Table.Tr>
                <Table.Th>Header</Table.Th>
                <Table.Th>Value</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {Object.entries(request.headers).map(([name, value]) => (
                <Table.Tr key={name}>
                  <Table.Td c="dimmed" w="40%" style={{ overflowWrap: "anywhere", verticalAlign: "top" }}>
                    {name}
                  </Table.Td>
                  <Table.Td className="mono">{value}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
          {request.body === "" ? (
            <Text size="xs" c="dimmed">
              No body
            </Text>
          ) : (
            <TextBlock text={prettyJson(request.body)} label="Body" maxHeight={360} />
          )}
        </>
      )}
    </Stack>
  );
}
