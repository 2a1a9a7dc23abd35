// Pausing: on which products, and what becomes of the events meanwhile and of what waits already.
import { Checkbox, Group, Radio, ScrollArea, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { usePauseIntegration } from "../../../api/integrations";
import type { Integration, PauseMode, Placement } from "../../../api/types";
import { useSpace } from "../../../app/space";
import { formatCount, plural } from "../../../lib/format";
import { sumOfWaits, waitsOf, waitText } from "../../../lib/waits";
import { ConfirmDialog } from "../../../ui/confirm";
import { toastDone, toastKept } from "../../../ui/toast";
import { WaitsNote } from "./waits-note";

interface Props {
  one: Integration;
  // Among which one can choose; none: there is nothing to choose.
  products: Placement[];
  title: string;
  // How it is paused already, when that is to be changed.
  mode?: PauseMode;
  opened: boolean;
  onClose: () => void;
}

export function PauseDialog({ one, products, title, mode: present, opened, onClose }: Props) {
  const space = useSpace();
  const pause = usePauseIntegration(space, one.id);
  const [picked, setMode] = useState<PauseMode | null>(null);
  const [drop, setDrop] = useState(false);
  const [left, setLeft] = useState<number[]>([]);
  const mode = picked ?? present ?? "hold";
  const chosen = products.filter((product) => !left.includes(product.id));
  const choose = products.length > 1;
  const waits = products.length === 0 ? waitsOf(one) : sumOfWaits(chosen);
  const drops = drop && mode === "skip" && waits.waiting > 0;
  const close = () => {
    setMode(null);
    setDrop(false);
    onClose();
  };
  return (
    <ConfirmDialog
      opened={opened}
      onClose={close}
      title={title}
      verb={present === undefined ? "Pause" : "Change"}
      danger={drops}
      onConfirm={async () => {
        if (choose && chosen.length === 0) throw new Error("Choose at least one product.");
        const ids = space.kind === "organization" ? chosen.map((product) => product.id) : undefined;
        const { dropped } = await pause.mutateAsync({ mode, products: ids, drop: drops || undefined });
        const done = choose ? `Paused on ${plural(chosen.length, "product")}` : "Paused";
        if (dropped) toastKept(`${done}: ${formatCount(dropped)} cancelled.`);
        else toastDone(`${done}.`);
      }}
    >
      <Stack gap="md">
        <Radio.Group
          label="Events that come meanwhile"
          value={mode}
          onChange={(value) => setMode(value === "skip" ? "skip" : "hold")}
        >
          <Stack gap={8} mt={8}>
            <Radio value="hold" label="Hold" description="They wait on disk, and are delivered after Resume." />
            <Radio value="skip" label="Skip" description="They are not delivered, and counted as skipped." />
          </Stack>
        </Radio.Group>
        {choose && (
          <div>
            <Group justify="space-between" mb={6}>
              <Text size="sm" fw={500}>
                Products
              </Text>
              <Checkbox
                size="xs"
                label="All"
                checked={left.length === 0}
                indeterminate={left.length > 0 && chosen.length > 0}
                onChange={() => setLeft(left.length === 0 ? products.map((product) => product.id) : [])}
              />
            </Group>
            <ScrollArea.Autosize mah={220}>
              <Stack gap={8}>
                {products.map((product) => (
                  <Checkbox
                    key={product.id}
                    label={product.name ?? product.slug}
                    checked={!left.includes(product.id)}
                    onChange={() =>
                      setLeft(
                        left.includes(product.id) ? left.filter((id) => id !== product.id) : [...left, product.id],
                      )
                    }
                  />
                ))}
              </Stack>
            </ScrollArea.Autosize>
          </div>
        )}
        <WaitsNote
          waits={waits}
          products={chosen}
          color={drops ? "red" : "yellow"}
          becomes={
            drops
              ? "What waits ends as cancelled, and is never delivered."
              : "What waits stays held, and is delivered after Resume."
          }
        />
        {mode === "skip" && waits.waiting > 0 && (
          <Checkbox
            label="Drop what is held"
            description={`${waitText(waits.waiting, ["ends", "end"])} as cancelled. This cannot be taken back.`}
            checked={drop}
            onChange={(event) => setDrop(event.currentTarget.checked)}
          />
        )}
        <Text size="sm" c="dimmed">
          No version is made.
        </Text>
      </Stack>
    </ConfirmDialog>
  );
}
