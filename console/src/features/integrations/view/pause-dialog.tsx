// Pausing: on which products, and what becomes of the events meanwhile.
import { Checkbox, Group, Radio, ScrollArea, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { usePauseIntegration } from "../../../api/integrations";
import type { Integration, PauseMode, Placement } from "../../../api/types";
import { useSpace } from "../../../app/space";
import { plural } from "../../../lib/format";
import { ConfirmDialog } from "../../../ui/confirm";
import { toastDone } from "../../../ui/toast";

interface Props {
  one: Integration;
  // Among which one can choose; none: there is nothing to choose.
  products: Placement[];
  title: string;
  opened: boolean;
  onClose: () => void;
}

export function PauseDialog({ one, products, title, opened, onClose }: Props) {
  const space = useSpace();
  const pause = usePauseIntegration(space, one.id);
  const [mode, setMode] = useState<PauseMode>("hold");
  const [left, setLeft] = useState<number[]>([]);
  const chosen = products.filter((product) => !left.includes(product.id)).map((product) => product.id);
  const choose = products.length > 1;
  return (
    <ConfirmDialog
      opened={opened}
      onClose={onClose}
      title={title}
      verb="Pause"
      danger={false}
      onConfirm={async () => {
        if (choose && chosen.length === 0) throw new Error("Choose at least one product.");
        await pause.mutateAsync({ mode, products: space.kind === "organization" ? chosen : undefined });
        toastDone(choose ? `Paused on ${plural(chosen.length, "product")}.` : "Paused.");
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
        <Text size="sm" c="dimmed">
          The same goes for deliveries that wait for another try. No version is made.
        </Text>
      </Stack>
    </ConfirmDialog>
  );
}
