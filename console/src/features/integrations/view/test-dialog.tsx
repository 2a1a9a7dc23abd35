// One real request now: what is sent as the event, and what came of it.
import { Alert, Button, Group, Modal, Select, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { integrationQuery, type TestResult, useTestIntegration } from "../../../api/integrations";
import type { IntegrationDetail, LogEntry, Placement } from "../../../api/types";
import { useSpace } from "../../../app/space";
import { fieldErrors, hasOther } from "../../../lib/form-errors";
import { nameOf } from "../../../lib/integration";
import { ErrorPanel } from "../../../ui/error-panel";
import { TextBlock } from "../../../ui/text-block";
import { WarningList } from "../form/warning-parts";
import { LogEntryView } from "./log-entry";
import { placementOf } from "./log-tab";

interface Props {
  one: IntegrationDetail;
  products: Placement[];
  opened: boolean;
  onClose: () => void;
}

export function TestDialog({ one, products, opened, onClose }: Props) {
  return (
    <Modal opened={opened} onClose={onClose} title={`Test ${nameOf(one)}`} size="xl">
      {opened && <TestForm one={one} products={products} />}
    </Modal>
  );
}

const kFields = ["data", "device_id", "product_id"];

interface Outcome {
  result: TestResult;
  entry: LogEntry | undefined;
}

function TestForm({ one, products }: Pick<Props, "one" | "products">) {
  const space = useSpace();
  const client = useQueryClient();
  const test = useTestIntegration(space, one.id);
  const [data, setData] = useState("test-event");
  const [device, setDevice] = useState("");
  const [product, setProduct] = useState<string | null>(products[0] === undefined ? null : String(products[0].id));
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const asks = space.kind === "organization" && products.length > 1;
  const errors = fieldErrors(test.error, kFields);

  const send = async () => {
    setOutcome(null);
    const before = newest(one);
    const result = await test.mutateAsync({
      data,
      device_id: device === "" ? undefined : device,
      product_id: asks && product !== null ? Number(product) : undefined,
    });
    // Its entry of the log: the newest that was not there before, with the same data.
    const after = await client.fetchQuery({ ...integrationQuery(space, one.id), staleTime: 0 }).catch(() => one);
    const entry = [...after.logs, ...after.errors].find(
      (each) => Date.parse(each.time) >= before && (each.error === null) === result.pass && each.event?.data === data,
    );
    setOutcome({ result, entry });
  };
  return (
    <Stack
      gap="sm"
      component="form"
      onSubmit={(event) => {
        event.preventDefault();
        send().catch(() => {});
      }}
    >
      <Text size="sm" c="dimmed">
        Sends one real request as if an event <code>{one.event}</code> had come. It is counted and logged, and not tried
        again.
      </Text>
      <Textarea
        label="Event data"
        value={data}
        onChange={(event) => setData(event.currentTarget.value)}
        autosize
        minRows={2}
        maxRows={10}
        spellCheck={false}
        styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)" } }}
        error={errors.data}
        data-autofocus
      />
      <Group grow align="flex-start">
        <TextInput
          label="Device ID"
          description="Without one the event comes from the API"
          placeholder="24 hexadecimal digits"
          value={device}
          onChange={(event) => setDevice(event.currentTarget.value.trim())}
          error={errors.device_id}
        />
        {asks && (
          <Select
            label="Product"
            description="As which product it runs and is counted"
            data={products.map((each) => ({ value: String(each.id), label: each.name ?? String(each.id) }))}
            value={product}
            onChange={setProduct}
            allowDeselect={false}
            searchable
            error={errors.product_id}
          />
        )}
      </Group>
      {hasOther(test.error, kFields) && <ErrorPanel error={test.error} />}
      <Group justify="flex-end">
        <Button type="submit" loading={test.isPending}>
          Test
        </Button>
      </Group>
      {outcome !== null && (
        <Stack gap="sm" role="status">
          <Alert
            color={outcome.result.pass ? "green" : "red"}
            title={outcome.result.pass ? "It was delivered" : "It failed"}
          >
            {outcome.result.error !== undefined && <Text size="sm">{outcome.result.error}</Text>}
            {outcome.result.pass && !outcome.result.data && <Text size="sm">The answer had no body.</Text>}
            {outcome.result.data && outcome.entry === undefined && (
              <TextBlock text={outcome.result.data} label="Answer" />
            )}
          </Alert>
          <WarningList warnings={outcome.result.warnings ?? []} />
          {outcome.entry !== undefined && (
            <LogEntryView
              entry={outcome.entry}
              integration={one.id}
              product={placementOf(one, outcome.entry.product_id)}
            />
          )}
        </Stack>
      )}
    </Stack>
  );
}

function newest(one: IntegrationDetail): number {
  return Math.max(0, ...[...one.logs, ...one.errors].map((entry) => Date.parse(entry.time)));
}
