// In a question before something is done: how much waits, on which products, and what becomes of it.
import { Alert, Text } from "@mantine/core";
import type { Placement } from "../../../api/types";
import { type Waits, waitsByProduct, waitText } from "../../../lib/waits";

interface Props {
  waits: Waits;
  products?: readonly Placement[];
  becomes: string; // "What waits ends as cancelled."
  color?: string;
}

export function WaitsNote({ waits, products = [], becomes, color = "yellow" }: Props) {
  if (waits.waiting === 0) {
    return (
      <Text size="sm" c="dimmed">
        Nothing waits now.
      </Text>
    );
  }
  const each = waitsByProduct(products);
  return (
    <Alert color={color} title={`${waitText(waits.waiting)} now`} role="note" p="sm">
      <Text size="sm">{becomes}</Text>
      {each !== "" && (
        <Text size="sm" mt={4}>
          {each}
        </Text>
      )}
    </Alert>
  );
}
