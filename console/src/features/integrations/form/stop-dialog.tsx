// Before a form is saved that stops something: what that is, and what becomes of what waits.
import { Stack, Text } from "@mantine/core";
import type { IntegrationDetail, Placement } from "../../../api/types";
import { nameOf } from "../../../lib/integration";
import { sumOfWaits, waitsOf } from "../../../lib/waits";
import { ConfirmDialog } from "../../../ui/confirm";
import { WaitsNote } from "../view/waits-note";

export interface Stops {
  now: IntegrationDetail; // as it waits at this moment
  disables: boolean;
  leaves: Placement[]; // the products that it no longer runs on
}

// null: nothing stops.
export function stopsOf(
  now: IntegrationDetail,
  base: IntegrationDetail,
  disabled: boolean,
  chosen: number[] | null,
): Stops | null {
  const disables = disabled && base.disabled !== true;
  const before = (now.products ?? []).filter((one) => !one.removed);
  const leaves = chosen === null ? [] : before.filter((one) => !chosen.includes(one.id));
  return disables || leaves.length > 0 ? { now, disables, leaves } : null;
}

export function StopDialog({
  stops,
  onClose,
  onConfirm,
}: {
  stops: Stops | null;
  onClose: () => void;
  onConfirm: () => void;
}) {
  if (stops === null) return null;
  const { now, disables, leaves } = stops;
  const names = leaves.map((one) => one.name ?? one.slug ?? `product ${one.id}`).join(", ");
  const name = nameOf(now);
  return (
    <ConfirmDialog
      opened
      onClose={onClose}
      title={disables ? `Disable ${name}?` : `Remove ${name} from ${names}?`}
      verb={disables ? "Disable" : "Remove"}
      danger={false}
      onConfirm={async () => onConfirm()}
    >
      <Stack gap="sm">
        {disables && (
          <>
            <Text size="sm">Events no longer fire it.</Text>
            <WaitsNote
              waits={waitsOf(now)}
              products={now.products}
              becomes="What waits is held until it is enabled again. To end it, delete the integration, or pause it with Skip and drop what is held."
            />
          </>
        )}
        {leaves.length > 0 && (
          <>
            <Text size="sm">Events of {names} no longer fire it.</Text>
            <WaitsNote
              waits={sumOfWaits(leaves)}
              products={leaves}
              becomes="What was accepted before goes on being delivered, and is counted there."
            />
          </>
        )}
      </Stack>
    </ConfirmDialog>
  );
}
