// An edit that some products try before the others get it.
import { Button, Checkbox, Group, Modal, NumberInput, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { type EditAnswer, type Staging, useStage } from "../../../api/integrations";
import type { IntegrationDetail } from "../../../api/types";
import { useSpace } from "../../../app/space";
import { fieldErrors, hasOther } from "../../../lib/form-errors";
import { ErrorPanel } from "../../../ui/error-panel";

const kFields = ["product_ids", "error_percent_max", "outcomes_min"];

export function StageDialog({
  detail,
  settings,
  version,
  setChanged,
  onClose,
  onStaged,
  onRefused,
}: {
  detail: IntegrationDetail;
  settings: Staging["settings"];
  version: number;
  setChanged: boolean; // the product set was edited too
  onClose: () => void;
  onStaged: (answer: EditAnswer) => void;
  // True when the refusal is shown elsewhere (a field of the form, a conflict).
  onRefused: (problem: unknown) => boolean;
}) {
  const space = useSpace();
  const stage = useStage(space, detail.id);
  const products = (detail.products ?? []).filter((one) => !one.removed);
  const [chosen, setChosen] = useState<string[]>([]);
  const [percent, setPercent] = useState<number | string>(5);
  const [least, setLeast] = useState<number | string>(20);
  const errors = fieldErrors(stage.error, kFields);
  const all = chosen.length === products.length && products.length > 1;
  const submit = () =>
    stage.mutate(
      {
        product_ids: chosen.map(Number),
        settings,
        error_percent_max: percent === "" ? undefined : Number(percent),
        outcomes_min: least === "" ? undefined : Number(least),
        version,
      },
      {
        onSuccess: onStaged,
        onError: (problem) => {
          if (onRefused(problem)) onClose();
        },
      },
    );
  return (
    <Modal opened onClose={onClose} title="Try on some products first" centered>
      <Stack gap="md">
        <Text size="sm">
          The edit runs on the products chosen here; the others keep the present version. Afterwards it is promoted to
          all of them, or discarded.
        </Text>
        {setChanged && (
          <Text size="sm" c="var(--mantine-color-error)">
            Products that you added or removed are not part of the trial: save them by themselves.
          </Text>
        )}
        <Checkbox.Group label="Products that try it" value={chosen} onChange={setChosen} error={errors.product_ids}>
          <Stack gap={8} mt={6} mah={220} style={{ overflowY: "auto" }}>
            {products.map((one) => (
              <Checkbox key={one.id} value={String(one.id)} label={one.name ?? String(one.id)} />
            ))}
          </Stack>
        </Checkbox.Group>
        {all && (
          <Text size="xs" c="dimmed">
            With all of them there are no others to compare it to.
          </Text>
        )}
        <Group grow align="flex-start">
          <NumberInput
            label="Discard above"
            description="% of deliveries that fail; empty: never by itself"
            suffix=" %"
            min={0}
            max={100}
            allowDecimal={false}
            value={percent}
            onChange={setPercent}
            error={errors.error_percent_max}
          />
          <NumberInput
            label="But not before"
            description="so many deliveries are done"
            min={1}
            max={1_000_000}
            allowDecimal={false}
            value={least}
            onChange={setLeast}
            error={errors.outcomes_min}
          />
        </Group>
        {hasOther(stage.error, kFields) && <ErrorPanel error={stage.error} />}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button onClick={submit} loading={stage.isPending} disabled={chosen.length === 0}>
            Try it
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
