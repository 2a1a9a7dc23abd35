// A product at a glance: today, its traffic, what runs on it, and its devices.
import { Anchor, Badge, Button, Group, SimpleGrid, Stack, Table, Text } from "@mantine/core";
import { Link } from "react-router";
import { useIntegrations, useTodaysCounters } from "../../api/integrations";
import { useGroups } from "../../api/products";
import type { Counts, Integration, Product } from "../../api/types";
import { type Space, useSpace } from "../../app/space";
import { formatCount, plural } from "../../lib/format";
import { kNoCounts, kOutcomes, nameOf, statesOf } from "../../lib/integration";
import { platformName } from "../../lib/platforms";
import { CopyIcon } from "../../ui/copy";
import { CountText } from "../../ui/counts";
import { IconActivity, IconCpu, IconPlus } from "../../ui/icons";
import { Page as PageFrame } from "../../ui/page";
import { Panel } from "../../ui/panel";
import { PermittedButton } from "../../ui/permitted";
import { QueryView } from "../../ui/query-view";
import { Stat } from "../../ui/stat";
import { StateBadge } from "../../ui/state-badge";
import { TrafficPanel } from "./traffic-panel";

const kShown = 8;

export function Page() {
  const space = useSpace();
  const product = space.product as Product;
  return (
    <PageFrame
      title={product.name}
      hint={<Facts space={space} product={product} />}
      actions={
        <Button
          component={Link}
          to={`${space.path}/events`}
          variant="default"
          leftSection={<IconActivity size={16} aria-hidden />}
        >
          Live events
        </Button>
      }
    >
      {product.description !== "" && <Text style={{ overflowWrap: "anywhere" }}>{product.description}</Text>}
      <Today />
      <TrafficPanel />
      <IntegrationsPanel />
      <DevicesPanel product={product} />
    </PageFrame>
  );
}

function Facts({ space, product }: { space: Space; product: Product }) {
  return (
    <Group gap={6}>
      {space.organization !== null ? (
        <Anchor component={Link} to={`/orgs/${space.organization.slug}/products`} size="sm" underline="always">
          {space.organization.name}
        </Anchor>
      ) : (
        <span>{product.org ?? `Of ${product.user ?? "a user"}, in no organization`}</span>
      )}
      <span aria-hidden>·</span>
      <span>{platformName(product.platform_id)}</span>
      <span aria-hidden>·</span>
      <span className="mono">{product.slug}</span>
      <span aria-hidden>·</span>
      <span className="tabular">{product.id}</span>
      <CopyIcon value={String(product.id)} label="Copy the product's id" />
    </Group>
  );
}

// Today's numbers: those of the counters once they are there, which are asked for again and again.
function useToday() {
  const space = useSpace();
  const integrations = useIntegrations(space);
  const counters = useTodaysCounters(space);
  const countsOf = (one: Integration): Counts =>
    counters.data ? (counters.data.counters[one.id] ?? kNoCounts) : one.todayCounters;
  return { integrations, counters, countsOf };
}

function Today() {
  const { integrations, countsOf } = useToday();
  const sum = { ...kNoCounts };
  for (const one of integrations.data ?? []) {
    const counts = countsOf(one);
    for (const { kind } of kOutcomes) sum[kind] += counts[kind];
  }
  const value = (count: number) => (integrations.data === undefined ? "–" : formatCount(count));
  return (
    <SimpleGrid cols={{ base: 2, sm: 4 }} spacing="sm">
      <Stat label="Success today" value={value(sum.success)} />
      <Stat
        label="Error today"
        value={
          <Text span inherit c={sum.error > 0 ? "var(--mantine-color-error)" : undefined}>
            {value(sum.error)}
          </Text>
        }
      />
      <Stat
        label="Skipped today"
        value={value(sum.sleep)}
        hint={sum.cancelled > 0 ? `${formatCount(sum.cancelled)} cancelled` : undefined}
      />
      <Stat
        label="Integrations"
        value={integrations.data === undefined ? "–" : formatCount(integrations.data.length)}
      />
    </SimpleGrid>
  );
}

function IntegrationsPanel() {
  const space = useSpace();
  const { integrations, counters, countsOf } = useToday();
  return (
    <Panel
      title="Integrations"
      actions={
        <Group gap="md">
          <Anchor component={Link} to={`${space.path}/integrations`} size="sm" underline="always">
            All integrations
          </Anchor>
        </Group>
      }
    >
      <QueryView
        query={integrations}
        isEmpty={(all) => all.length === 0}
        empty={
          <Stack align="flex-start" gap="sm">
            <Text c="dimmed" size="sm">
              No integration runs on this product yet.
            </Text>
            <PermittedButton
              allowed={space.can("integrations:create")}
              to={`${space.path}/integrations/new`}
              size="xs"
              leftSection={<IconPlus size={14} aria-hidden />}
            >
              New integration
            </PermittedButton>
          </Stack>
        }
      >
        {(all) => {
          const busiest = [...all].sort((a, b) => weight(countsOf(b)) - weight(countsOf(a))).slice(0, kShown);
          return (
            <Table.ScrollContainer minWidth={560} type="native">
              <Table verticalSpacing={6} aria-label="Integrations of this product">
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>Integration</Table.Th>
                    <Table.Th>State</Table.Th>
                    {kOutcomes.map((each) => (
                      <Table.Th key={each.kind} ta="right">
                        {each.label}
                      </Table.Th>
                    ))}
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {busiest.map((one) => (
                    <IntegrationRow
                      key={one.id}
                      one={one}
                      path={`${space.path}/integrations/${one.id}`}
                      counts={countsOf(one)}
                      state={statesOf(one, counters.data?.counters[one.id])[0] ?? "quiet"}
                    />
                  ))}
                </Table.Tbody>
              </Table>
              {all.length > kShown && (
                <Text size="sm" c="dimmed" mt="xs">
                  The {kShown} busiest of {plural(all.length, "integration")}.
                </Text>
              )}
            </Table.ScrollContainer>
          );
        }}
      </QueryView>
    </Panel>
  );
}

// Errors first: they are what one comes for.
function weight(counts: Counts): number {
  return counts.error * 1000 + counts.success + counts.sleep + counts.cancelled;
}

function IntegrationRow({
  one,
  path,
  counts,
  state,
}: {
  one: Integration;
  path: string;
  counts: Counts;
  state: ReturnType<typeof statesOf>[number];
}) {
  return (
    <Table.Tr>
      <Table.Td style={{ overflowWrap: "anywhere" }}>
        <Group gap={8}>
          <Text component={Link} to={path} size="sm" fw={600} c="var(--mantine-color-anchor)">
            {nameOf(one)}
          </Text>
          {one.shared && <Badge variant="default">Shared</Badge>}
        </Group>
        <Text size="xs" c="dimmed">
          {one.event}
        </Text>
      </Table.Td>
      <Table.Td>
        <StateBadge state={state} />
      </Table.Td>
      {kOutcomes.map(({ kind }) => (
        <Table.Td key={kind} ta="right">
          <CountText value={counts[kind]} kind={kind} />
        </Table.Td>
      ))}
    </Table.Tr>
  );
}

function DevicesPanel({ product }: { product: Product }) {
  const space = useSpace();
  const groups = useGroups(space.api);
  return (
    <Panel
      title="Devices"
      actions={
        <Anchor component={Link} to={`${space.path}/devices`} size="sm" underline="always">
          All devices
        </Anchor>
      }
    >
      <Stack gap="sm">
        <Group gap="xs">
          <IconCpu size={18} aria-hidden />
          <Text size="sm">{plural(product.device_count, "device")}</Text>
        </Group>
        <QueryView query={groups}>
          {(all) =>
            all.length === 0 ? (
              <Text size="sm" c="dimmed">
                None is in a group. Groups tell devices apart: in traffic, and in what integrations react to.
              </Text>
            ) : (
              <Group gap={6}>
                {all.map((group) => (
                  <Button
                    key={group.name}
                    component={Link}
                    to={`${space.path}/devices?group=${encodeURIComponent(group.name)}`}
                    variant="default"
                    size="compact-sm"
                    rightSection={
                      <Text span size="xs" c="dimmed" className="tabular">
                        {formatCount(group.device_count)}
                      </Text>
                    }
                  >
                    {group.name}
                  </Button>
                ))}
              </Group>
            )
          }
        </QueryView>
      </Stack>
    </Panel>
  );
}
