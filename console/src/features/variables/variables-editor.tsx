// Names and values in rows, saved together. Also used for the variables of an integration on one product.
import { ActionIcon, Button, Group, Stack, Table, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import type { Variables } from "../../api/types";
import { usePatchVariables } from "../../api/variables";
import type { Allowed } from "../../lib/permissions";
import { useUnsaved } from "../../lib/unsaved";
import { ErrorPanel } from "../../ui/error-panel";
import { IconPlus, IconTrash } from "../../ui/icons";
import { PermittedButton } from "../../ui/permitted";
import { toastDone } from "../../ui/toast";
import { changesOf, doubles, type Row, rowsOf } from "./variables-model";

export function VariablesEditor({
  api,
  variables,
  inherited,
  allowed,
  onSaved,
}: {
  api: string; // before "/variables"
  variables: Variables;
  inherited: Variables;
  allowed: Allowed;
  onSaved?: () => void;
}) {
  const [rows, setRows] = useState<Row[]>(() => rowsOf(variables));
  const patch = usePatchVariables(api);
  const changes = changesOf(variables, rows);
  const dirty = Object.keys(changes).length > 0;
  const twice = doubles(rows);
  const unsaved = useUnsaved(dirty && !patch.isPending);
  const set = (index: number, change: Partial<Row>) =>
    setRows(rows.map((row, at) => (at === index ? { ...row, ...change } : row)));
  const from = Object.entries(inherited).filter(([name]) => !rows.some((row) => row.name.trim() === name));
  const save = () =>
    patch.mutate(changes, {
      onSuccess: () => {
        toastDone("Saved. The values are in force from now on, for retries too.");
        onSaved?.();
      },
    });
  return (
    <Stack gap="sm">
      {rows.length === 0 && from.length === 0 && (
        <Text c="dimmed">No variables yet. Add one, and name it in a template.</Text>
      )}
      {(rows.length > 0 || from.length > 0) && (
        <Table verticalSpacing={6} layout="fixed">
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col" w="38%">
                Name
              </Table.Th>
              <Table.Th scope="col">Value</Table.Th>
              <Table.Th scope="col" w={52}>
                <span className="visually-hidden">Actions</span>
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((row, index) => (
              <Table.Tr key={index}>
                <Table.Td>
                  <TextInput
                    aria-label={`Name of variable ${index + 1}`}
                    value={row.name}
                    onChange={(event) => set(index, { name: event.currentTarget.value })}
                    error={twice.has(row.name.trim()) ? "stands twice" : undefined}
                    readOnly={!allowed.ok}
                    spellCheck={false}
                    styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)" } }}
                  />
                </Table.Td>
                <Table.Td>
                  <TextInput
                    aria-label={`Value of ${row.name === "" ? `variable ${index + 1}` : row.name}`}
                    value={row.value}
                    onChange={(event) => set(index, { value: event.currentTarget.value })}
                    description={
                      inherited[row.name] !== undefined && inherited[row.name] !== row.value
                        ? `instead of ${inherited[row.name]}`
                        : undefined
                    }
                    inputWrapperOrder={["label", "input", "description", "error"]}
                    readOnly={!allowed.ok}
                  />
                </Table.Td>
                <Table.Td>
                  <ActionIcon
                    variant="subtle"
                    color="gray"
                    aria-label={`Remove ${row.name === "" ? `variable ${index + 1}` : row.name}`}
                    disabled={!allowed.ok}
                    onClick={() => setRows(rows.filter((_, at) => at !== index))}
                  >
                    <IconTrash size={16} aria-hidden />
                  </ActionIcon>
                </Table.Td>
              </Table.Tr>
            ))}
            {from.map(([name, value]) => (
              <Table.Tr key={name}>
                <Table.Td className="mono">{name}</Table.Td>
                <Table.Td>
                  {value}{" "}
                  <Text span size="sm" c="dimmed">
                    from above
                  </Text>
                </Table.Td>
                <Table.Td />
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
      {patch.error !== null && <ErrorPanel error={patch.error} />}
      <Group justify="space-between">
        <Button
          variant="default"
          leftSection={<IconPlus size={16} aria-hidden />}
          disabled={!allowed.ok}
          onClick={() => setRows([...rows, { name: "", value: "" }])}
        >
          Add variable
        </Button>
        <Group gap="xs">
          {dirty && (
            <Button variant="default" onClick={() => setRows(rowsOf(variables))}>
              Undo
            </Button>
          )}
          <PermittedButton
            allowed={allowed}
            disabled={allowed.ok && (!dirty || twice.size > 0)}
            loading={patch.isPending}
            onClick={save}
          >
            Save
          </PermittedButton>
        </Group>
      </Group>
      {unsaved}
    </Stack>
  );
}
