// Headers that one product sends differently, or does not send.
import { ActionIcon, Button, Checkbox, Group, Stack, Text, TextInput } from "@mantine/core";
import { IconPlus, IconX } from "../../../ui/icons";
import type { HeaderRow } from "./override-model";

interface HeadersProps {
  rows: HeaderRow[];
  onChange: (rows: HeaderRow[]) => void;
  error: string | undefined;
}
export function OverrideHeaders({ rows, onChange, error }: HeadersProps) {
  const change = (index: number, part: Partial<HeaderRow>) =>
    onChange(rows.map((row, at) => (at === index ? { ...row, ...part } : row)));
  return (
    <Stack gap={6}>
      <Text size="sm" fw={500}>
        HTTP headers
      </Text>
      {rows.map((row, index) => (
        <Group key={index} gap="xs" align="center" wrap="nowrap">
          <TextInput
            aria-label={`Header ${index + 1} name`}
            placeholder="Name"
            value={row.name}
            onChange={(event) => change(index, { name: event.currentTarget.value })}
            flex={2}
            spellCheck={false}
          />
          <TextInput
            aria-label={`Header ${index + 1} value`}
            placeholder={row.removed ? "Not sent" : "Value"}
            value={row.removed ? "" : row.value}
            disabled={row.removed}
            onChange={(event) => change(index, { value: event.currentTarget.value })}
            flex={3}
            spellCheck={false}
          />
          <Checkbox
            label="Not sent"
            aria-label={`Header ${index + 1} is not sent`}
            checked={row.removed}
            onChange={(event) => change(index, { removed: event.currentTarget.checked })}
          />
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={`Header ${index + 1} as shared`}
            onClick={() => onChange(rows.filter((_, at) => at !== index))}
          >
            <IconX size={16} aria-hidden />
          </ActionIcon>
        </Group>
      ))}
      {error !== undefined && (
        <Text size="xs" c="var(--mantine-color-error)">
          {error}
        </Text>
      )}
      <Group>
        <Button
          size="compact-sm"
          variant="default"
          leftSection={<IconPlus size={14} aria-hidden />}
          onClick={() => onChange([...rows, { name: "", value: "", removed: false }])}
        >
          Add header
        </Button>
      </Group>
    </Stack>
  );
}
