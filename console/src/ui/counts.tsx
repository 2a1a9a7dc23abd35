// A number of a table: grouped, aligned, quiet when it is nothing.
import { Text } from "@mantine/core";
import type { Counts } from "../api/types";
import { formatCount } from "../lib/format";
import { type Waits, waitsText } from "../lib/waits";

export function CountText({ value, kind }: { value: number; kind: keyof Counts | "plain" }) {
  const color = value === 0 ? "dimmed" : kind === "error" ? "var(--mantine-color-error)" : undefined;
  return (
    <Text span inherit className="tabular" c={color} fw={value !== 0 && kind === "error" ? 600 : undefined}>
      {formatCount(value)}
    </Text>
  );
}

// What waits; how much of it is held stands in its tip and, where all of it is, beside it.
export function WaitingText({ waits }: { waits: Waits }) {
  return (
    <span title={waitsText(waits)}>
      <CountText value={waits.waiting} kind="plain" />
      {waits.held > 0 && (
        <Text size="xs" c="dimmed" component="div">
          {waits.held === waits.waiting ? "held" : `${formatCount(waits.held)} held`}
        </Text>
      )}
    </span>
  );
}
