// What the dialogs before a replay have in common: its rate, what the server refused, and the button that starts it.
import { Button, Group, NumberInput } from "@mantine/core";
import { useState } from "react";
import type { ReplayCount } from "../../api/replays";
import { useSpace } from "../../app/space";
import { hasOther } from "../../lib/form-errors";
import { formatCount } from "../../lib/format";
import { ErrorPanel } from "../../ui/error-panel";
import { IconRepeat } from "../../ui/icons";
import { PermittedButton } from "../../ui/permitted";

const kRate = { usual: 100, min: 1, max: 10_000 };

// `rate` is null while what stands in the field is none.
export function useRate() {
  const [typed, setTyped] = useState<number | string>(kRate.usual);
  const ok = typeof typed === "number" && typed >= kRate.min && typed <= kRate.max;
  return { typed, setTyped, rate: ok ? typed : null };
}

interface RateProps {
  of: "Letters" | "Events";
  rate: ReturnType<typeof useRate>;
  error: string | undefined;
}
export function RateField({ of, rate, error }: RateProps) {
  return (
    <NumberInput
      label={`${of} per second`}
      description="At most. The integration's own limits hold too."
      min={kRate.min}
      max={kRate.max}
      allowDecimal={false}
      value={rate.typed}
      onChange={rate.setTyped}
      error={error ?? (rate.rate === null ? `A number from ${kRate.min} to ${formatCount(kRate.max)}` : undefined)}
      w={220}
    />
  );
}

export function takesNothing(count: ReplayCount | undefined): boolean {
  return count?.would_replay === 0 && count.complete;
}

interface StartProps {
  count: ReplayCount | undefined;
  starting: { isError: boolean; isPending: boolean; error: Error | null };
  fields: readonly string[]; // whose refusals stand at the fields
  onCancel: () => void;
}
export function StartRow({ count, starting, fields, onCancel }: StartProps) {
  const space = useSpace();
  return (
    <>
      {starting.isError && hasOther(starting.error, fields) && (
        <ErrorPanel error={starting.error} title="The replay was not started" />
      )}
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={onCancel}>
          Cancel
        </Button>
        <PermittedButton
          allowed={
            takesNothing(count)
              ? { ok: false, reason: "There is nothing to replay." }
              : space.can("integrations:update")
          }
          type="submit"
          loading={starting.isPending}
          disabled={count === undefined}
          leftSection={<IconRepeat size={16} aria-hidden />}
        >
          Start replay
        </PermittedButton>
      </Group>
    </>
  );
}
