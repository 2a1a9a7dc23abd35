// One event: what it was, what became of it delivery by delivery, and what it did not fire, with why.
import { Button, Stack, Table, Text } from "@mantine/core";
import { Link, useParams } from "react-router";
import { ApiError } from "../../api/client";
import { type EventTrace, type NotFired, useEventTrace } from "../../api/event-log";
import { productPath } from "../../api/products";
import { useSpace } from "../../app/space";
import { formatBytes, localTime, prettyJson, utcTime } from "../../lib/format";
import { verdictText } from "../../lib/trace";
import { Empty } from "../../ui/empty";
import { FactRow } from "../../ui/fact-row";
import { InnerLink } from "../../ui/inner-link";
import { Page as PageFrame } from "../../ui/page";
import { Panel } from "../../ui/panel";
import { QueryView } from "../../ui/query-view";
import { TextBlock } from "../../ui/text-block";
import { DeliveryPanel } from "./delivery-panel";

export function Page() {
  const { event = "" } = useParams();
  const space = useSpace();
  const query = useEventTrace(space, event);
  if (query.error instanceof ApiError && query.error.status === 404) return <NotThere />;
  return <QueryView query={query}>{(trace) => <View key={event} trace={trace} />}</QueryView>;
}

function useCrumbs() {
  const { path } = useSpace();
  return [{ label: "Event log", to: `${path}/event-log` }];
}

function NotThere() {
  const space = useSpace();
  return (
    <PageFrame title="No such event" crumbs={useCrumbs()}>
      <Empty
        title="It is not kept here"
        action={
          <Button component={Link} to={`${space.path}/event-log`} variant="default">
            All events that are kept
          </Button>
        }
      >
        Events are kept for some days. This one is older, or was published somewhere else than in {space.name}.
      </Empty>
    </PageFrame>
  );
}

function View({ trace }: { trace: EventTrace }) {
  const { event, deliveries, not_fired: notFired } = trace;
  return (
    <PageFrame title={event.name} crumbs={useCrumbs()}>
      <Stack gap="md">
        <Panel title="Event">
          <Facts event={event} />
        </Panel>
        {deliveries.map((one) => (
          <DeliveryPanel
            key={`${one.integration?.id}/${one.product?.id ?? 0}/${one.replay ?? 0}`}
            event={event.id}
            delivery={one}
            publishedAt={event.published_at}
          />
        ))}
        {deliveries.length === 0 && (
          <Panel title="Deliveries">
            <Text size="sm">It fired no integration.{notFired.length > 0 && " The reasons are below."}</Text>
          </Panel>
        )}
        {notFired.length > 0 && <Others list={notFired} />}
      </Stack>
    </PageFrame>
  );
}

function Facts({ event }: { event: EventTrace["event"] }) {
  const space = useSpace();
  const { product } = event;
  return (
    <Stack gap="sm">
      <Table
        aria-label="The event"
        variant="vertical"
        layout="fixed"
        withRowBorders={false}
        verticalSpacing={4}
        horizontalSpacing={0}
        fz="sm"
      >
        <Table.Tbody>
          <FactRow title="Published">
            {localTime(event.published_at)}{" "}
            <Text span size="sm" c="dimmed">
              {utcTime(event.published_at)}
            </Text>
          </FactRow>
          <FactRow title="From" copy={event.coreid}>
            <InnerLink to={`${space.path}/event-log?search=${encodeURIComponent(event.coreid)}`}>
              {event.device_name ?? event.coreid}
            </InnerLink>
            {event.device_name !== null && (
              <Text span size="xs" c="dimmed" className="mono">
                {" "}
                {event.coreid}
              </Text>
            )}
          </FactRow>
          {product !== null && (
            <FactRow title="Product">
              {product.slug === null ? (
                `Product ${product.id}, deleted`
              ) : (
                <InnerLink to={productPath(product.slug)}>{product.name}</InnerLink>
              )}
            </FactRow>
          )}
          {event.version !== null && <FactRow title="Firmware">{event.version}</FactRow>}
          <FactRow title="Id" copy={event.id}>
            <span className="mono">{event.id}</span>
          </FactRow>
        </Table.Tbody>
      </Table>
      {event.data === null ? (
        <Text c="dimmed" size="sm">
          Published without data.
        </Text>
      ) : (
        <Stack gap={4}>
          <Text size="sm" fw={500}>
            Data, {formatBytes(event.data_bytes)}
          </Text>
          <TextBlock label="Data" text={prettyJson(event.data)} maxHeight={300} />
        </Stack>
      )}
    </Stack>
  );
}

function Others({ list }: { list: NotFired[] }) {
  const space = useSpace();
  return (
    <Panel title="Not fired">
      <Text size="sm" c="dimmed" mb="xs">
        As it was when the event was accepted.
      </Text>
      <Table aria-label="Not fired" fz="sm" layout="fixed" verticalSpacing={6} horizontalSpacing={0}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th w="30%">Integration</Table.Th>
            <Table.Th>Why not</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {list.map((one) => (
            <Table.Tr key={one.integration.id}>
              <Table.Td style={{ overflowWrap: "anywhere" }} pr="sm">
                {one.integration.deleted ? (
                  `${one.integration.name}, deleted`
                ) : (
                  <InnerLink to={`${space.path}/integrations/${one.integration.id}`}>{one.integration.name}</InnerLink>
                )}
              </Table.Td>
              <Table.Td style={{ overflowWrap: "anywhere" }}>
                <Text span size="sm" fw={600}>
                  {verdictText(one.verdict)}
                </Text>
                <Text size="xs" c="dimmed">
                  {one.why}
                </Text>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Panel>
  );
}
