// A number of a table: grouped, aligned, quiet when it is nothing.
import { Text } from "@mantine/core";
import type { Counts } from "../api/types";
import { formatCount } from "../lib/format";

export function CountText({ value, kind }: { value: number; kind: keyof Counts | "plain" }) {
  const color = value === 0 ? "dimmed" : kind === "error" ? "var(--mantine-color-error)" : undefined;
  return (
    <Text span inherit className="tabular" c={color} fw={value !== 0 && kind === "error" ? 600 : undefined}>
      {formatCount(value)}
    </Text>
  );
}
