// The installation, for its administrators: is it well, what waits, what it keeps, who uses it.
import { Alert, Anchor, Badge, Group, SimpleGrid, Stack, Table, Text } from "@mantine/core";
import { Link } from "react-router";
import { useInstance, useInstanceUsers } from "../../api/instance";
import type { Instance, Lane } from "../../api/types";
import { useSession } from "../../app/session";
import { formatBytes, formatCount, formatSpan, plural } from "../../lib/format";
import { Empty } from "../../ui/empty";
import { Page as PageFrame } from "../../ui/page";
import { Panel } from "../../ui/panel";
import { QueryView } from "../../ui/query-view";
import { Stat } from "../../ui/stat";
import { Time, useNow } from "../../ui/time";

export function Page() {
  const session = useSession();
  if (!session.user.administrator) {
    return (
      <PageFrame title="Installation">
        <Empty title="Not for your account">Only administrators of this installation see this.</Empty>
      </PageFrame>
    );
  }
  return (
    <PageFrame title="Installation" hint={`Fleethook ${session.version}`}>
      <Status />
      <Users />
    </PageFrame>
  );
}

function Status() {
  const query = useInstance();
  return (
    <QueryView query={query}>
      {(instance) => (
        <Stack gap="md">
          <Health instance={instance} />
          <SimpleGrid cols={{ base: 2, sm: 3, lg: 6 }}>
            <Stat label="Kept events" value={formatCount(instance.queue.events)} />
            <Stat label="Waiting, first attempt" value={formatCount(instance.queue.ready)} />
            <Stat label="Waiting, another attempt" value={formatCount(instance.queue.retry)} />
            <Stat label="Held by pauses" value={formatCount(instance.queue.parked)} />
            <Stat label="Connections" value={formatCount(instance.connections)} />
            <Stat label="Event streams" value={formatCount(instance.streams)} />
          </SimpleGrid>
          <Panel title="Lanes" padding={0}>
            <Lanes lanes={instance.lanes} />
          </Panel>
          <SimpleGrid cols={{ base: 1, md: 2 }}>
            <Panel title="Storage">
              <Storage instance={instance} />
            </Panel>
            <Panel title="Catalog">
              <Facts
                rows={[
                  ["Users", formatCount(instance.catalog.users)],
                  ["Organizations", formatCount(instance.catalog.organizations)],
                  ["Products", formatCount(instance.catalog.products)],
                  ["Devices", formatCount(instance.catalog.devices)],
                  ["Integrations", formatCount(instance.catalog.integrations)],
                ]}
              />
            </Panel>
          </SimpleGrid>
        </Stack>
      )}
    </QueryView>
  );
}

function Health({ instance }: { instance: Instance }) {
  const now = useNow();
  const up = formatSpan((now - Date.parse(instance.started_at)) / 1000);
  if (!instance.ready) {
    return (
      <Alert color="red" title="It does not accept events" role="alert">
        {instance.troubles.map((trouble) => (
          <div key={trouble}>{trouble}</div>
        ))}
      </Alert>
    );
  }
  return (
    <Group gap="sm">
      <Badge color="green" variant="light" radius="sm">
        Accepting events
      </Badge>
      <Text size="sm" c="dimmed">
        Running for {up}, since <Time value={instance.started_at} relative={false} />
      </Text>
      {instance.troubles.length > 0 && (
        <Alert color="yellow" title="Not all of it works" role="note" w="100%">
          {instance.troubles.map((trouble) => (
            <div key={trouble}>{trouble}</div>
          ))}
        </Alert>
      )}
    </Group>
  );
}

function Lanes({ lanes }: { lanes: Lane[] }) {
  if (lanes.length === 0) {
    return <Empty title="Nothing is under way">A lane appears here for each destination that has deliveries.</Empty>;
  }
  return (
    <Table.ScrollContainer minWidth={680}>
      <Table verticalSpacing={6} highlightOnHover>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">Destination</Table.Th>
            <Table.Th scope="col">Organization</Table.Th>
            <Table.Th scope="col" ta="right">
              Under way
            </Table.Th>
            <Table.Th scope="col" ta="right">
              In memory
            </Table.Th>
            <Table.Th scope="col" ta="right">
              Waiting
            </Table.Th>
            <Table.Th scope="col">Next attempt</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {lanes.map((lane) => (
            <Table.Tr key={`${lane.organization?.id ?? lane.user?.id} ${lane.scheme}://${lane.host}:${lane.port}`}>
              <Table.Td>
                <span className="mono">{`${lane.scheme}://${lane.host}:${lane.port}`}</span>
                {lane.breakers_open > 0 && <Spared lane={lane} />}
              </Table.Td>
              <Table.Td>
                {lane.organization === null ? (
                  <Text span c="dimmed">
                    sandbox of {lane.user?.username ?? "a user"}
                  </Text>
                ) : (
                  <Anchor component={Link} to={`/orgs/${lane.organization.slug}/integrations`} size="sm">
                    {lane.organization.name}
                  </Anchor>
                )}
              </Table.Td>
              <Table.Td ta="right" className="tabular">
                {formatCount(lane.in_flight)}
              </Table.Td>
              <Table.Td ta="right" className="tabular">
                {formatCount(lane.in_memory)}
              </Table.Td>
              <Table.Td ta="right" className="tabular">
                {formatCount(lane.waiting)}
              </Table.Td>
              <Table.Td>
                <NextAttempt lane={lane} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

// What is due of a webhook whose receiver fails waits for the attempt that finds out whether it still does.
function NextAttempt({ lane }: { lane: Lane }) {
  const tries = lane.breakers.map((breaker) => breaker.next_try_at).sort();
  const isOverdue = lane.due_at === null || Date.parse(lane.due_at) < Date.now();
  const next = isOverdue && tries[0] !== undefined ? tries[0] : lane.due_at;
  return next === null ? "–" : <Time value={next} />;
}

// Its receiver fails, and only now and then an attempt finds out whether it still does.
function Spared({ lane }: { lane: Lane }) {
  const count = lane.breakers_open;
  return (
    <Text size="xs" c="dimmed">
      {count === 1 ? "One webhook on a product waits" : `${formatCount(count)} webhooks on products wait`} until it is
      back: {lane.breakers[0]?.reason}
    </Text>
  );
}

function Storage({ instance }: { instance: Instance }) {
  const used = instance.storage.reduce((sum, file) => sum + file.bytes, 0);
  return (
    <Facts
      rows={[
        ...instance.storage.map((file): [string, string] => [file.name, formatBytes(file.bytes)]),
        ["Together", formatBytes(used)],
        ["Free on the disk", formatBytes(instance.free_bytes)],
      ]}
    />
  );
}

function Facts({ rows }: { rows: [string, string][] }) {
  return (
    <Table verticalSpacing={6} horizontalSpacing={0}>
      <Table.Tbody>
        {rows.map(([name, value]) => (
          <Table.Tr key={name}>
            <Table.Th scope="row" fw={400}>
              {name}
            </Table.Th>
            <Table.Td ta="right" className="tabular">
              {value}
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

function Users() {
  const query = useInstanceUsers();
  return (
    <Panel title="Users" padding={0}>
      <QueryView query={query}>
        {(users) => (
          <Table.ScrollContainer minWidth={620}>
            <Table verticalSpacing={6}>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th scope="col">User</Table.Th>
                  <Table.Th scope="col">Since</Table.Th>
                  <Table.Th scope="col" ta="right">
                    Organizations
                  </Table.Th>
                  <Table.Th scope="col" ta="right">
                    Sessions and tokens
                  </Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {users.map((user) => (
                  <Table.Tr key={user.id}>
                    <Table.Td>
                      {user.username}{" "}
                      {user.name !== null && (
                        <Text span c="dimmed">
                          {user.name}
                        </Text>
                      )}{" "}
                      {user.administrator && (
                        <Badge size="xs" variant="default">
                          administrator
                        </Badge>
                      )}
                    </Table.Td>
                    <Table.Td>
                      <Time value={user.created_at} />
                    </Table.Td>
                    <Table.Td ta="right" className="tabular" title={plural(user.organizations, "organization")}>
                      {formatCount(user.organizations)}
                    </Table.Td>
                    <Table.Td ta="right" className="tabular">
                      {formatCount(user.tokens)}
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
        )}
      </QueryView>
    </Panel>
  );
}
