// One dead letter, whole: the event, where it should have gone, why it did not, and the ways to each.
import { Drawer, Group, SegmentedControl, Stack, Table, Text } from "@mantine/core";
import { type DeadLetter, useDeadLetter } from "../../api/dead-letters";
import { productPath } from "../../api/products";
import { useSpace } from "../../app/space";
import { errorText } from "../../lib/dead-letters";
import { formatBytes, formatCount, localTime, prettyJson, utcTime } from "../../lib/format";
import { useUrlState } from "../../lib/url-state";
import { FactRow } from "../../ui/fact-row";
import { IconRepeat } from "../../ui/icons";
import { InnerLink } from "../../ui/inner-link";
import { PermittedButton } from "../../ui/permitted";
import { QueryView } from "../../ui/query-view";
import { TextBlock } from "../../ui/text-block";
import { kOverlay } from "../events/event-drawer";
import { withModifier } from "../events/filter";
import { productText, usePathOfDevice } from "./letter-parts";

interface Props {
  id: string;
  onClose: () => void;
  onReplay: (id: string) => void;
}

export function LetterDrawer({ id, onClose, onReplay }: Props) {
  const space = useSpace();
  const query = useDeadLetter(space, id);
  return (
    <Drawer opened onClose={onClose} position="right" size={560} title="Dead letter" overlayProps={kOverlay}>
      <QueryView query={query}>
        {(letter) => (
          <Stack gap="md">
            <Facts letter={letter} />
            <Data letter={letter} />
            <Group gap="xs">
              <PermittedButton
                allowed={space.can("integrations:update")}
                size="xs"
                leftSection={<IconRepeat size={14} aria-hidden />}
                onClick={() => onReplay(letter.id)}
              >
                Replay this one
              </PermittedButton>
            </Group>
          </Stack>
        )}
      </QueryView>
    </Drawer>
  );
}

function Facts({ letter }: { letter: DeadLetter }) {
  const space = useSpace();
  const { event, product } = letter;
  const device = usePathOfDevice()(letter);
  const search = new URLSearchParams({ q: withModifier("", "event", event.name) });
  return (
    <Table
      aria-label="The letter"
      variant="vertical"
      layout="fixed"
      withRowBorders={false}
      verticalSpacing={4}
      horizontalSpacing={0}
      fz="sm"
    >
      <Table.Tbody>
        <FactRow title="Reason">
          <Text span size="sm" fw={600} c="var(--mantine-color-error)" style={{ overflowWrap: "anywhere" }}>
            {letter.reason}
          </Text>
        </FactRow>
        <FactRow title="Last status">{letter.status ?? "There was no answer"}</FactRow>
        {letter.error !== null && <FactRow title="Last error">{errorText(letter.error)}</FactRow>}
        <FactRow title="Attempts">{formatCount(letter.attempts)}</FactRow>
        <FactRow title="Ended">
          <Moment value={letter.ended_at} />
        </FactRow>
        <FactRow title="Integration">
          <Integration letter={letter} />
        </FactRow>
        <FactRow title="Version">{letter.version}</FactRow>
        {product !== null && (
          <FactRow title="Product">
            {product.slug === null ? (
              `${productText(letter)}, deleted`
            ) : (
              <InnerLink to={productPath(product.slug)}>{productText(letter)}</InnerLink>
            )}
          </FactRow>
        )}
        <FactRow title="Event" copy={event.name}>
          <InnerLink to={`${space.path}/events?${search}`}>{event.name}</InnerLink>
        </FactRow>
        <FactRow title="Event id" copy={event.id}>
          <span className="mono">
            <InnerLink to={`${space.path}/event-log/${event.id}`}>{event.id}</InnerLink>
          </span>
        </FactRow>
        <FactRow title="Published">
          <Moment value={event.published_at} />
        </FactRow>
        <FactRow title="From" copy={event.coreid}>
          <span className="mono">
            {device === null ? event.coreid : <InnerLink to={device}>{event.coreid}</InnerLink>}
          </span>
        </FactRow>
        {letter.replay !== null && (
          <FactRow title="It is of">
            <ReplayLink number={letter.replay} />, which failed again
          </FactRow>
        )}
        <FactRow title="Replayed">
          {letter.replayed === null ? "Not yet" : <ReplayLink number={letter.replayed} />}
        </FactRow>
      </Table.Tbody>
    </Table>
  );
}

function Integration({ letter }: { letter: DeadLetter }) {
  const space = useSpace();
  const { integration } = letter;
  if (integration === null) return "Unknown";
  if (integration.deleted) return `${integration.name}, deleted`;
  return <InnerLink to={`${space.path}/integrations/${integration.id}`}>{integration.name}</InnerLink>;
}

function ReplayLink({ number }: { number: number }) {
  const space = useSpace();
  return <InnerLink to={`${space.path}/dead-letters/replays/${number}`}>Replay {number}</InnerLink>;
}

function Data({ letter }: { letter: DeadLetter }) {
  const [raw, setRaw] = useUrlState("raw");
  const data = letter.event.data ?? null;
  if (data === null) {
    return (
      <Text c="dimmed" size="sm">
        Published without data.
      </Text>
    );
  }
  return (
    <Stack gap={6}>
      <Group justify="space-between">
        <Text size="sm" fw={500}>
          Data, {formatBytes(letter.event.data_bytes)}
        </Text>
        <SegmentedControl
          size="xs"
          aria-label="How the data is shown"
          data={[
            { value: "pretty", label: "Pretty" },
            { value: "raw", label: "Raw" },
          ]}
          value={raw === "1" ? "raw" : "pretty"}
          onChange={(value) => setRaw(value === "raw" ? "1" : "")}
        />
      </Group>
      <TextBlock label="Data" text={raw === "1" ? data : prettyJson(data)} maxHeight={420} />
    </Stack>
  );
}

function Moment({ value }: { value: string }) {
  return (
    <Text span size="sm">
      {localTime(value)}{" "}
      <Text span size="sm" c="dimmed">
        {utcTime(value)}
      </Text>
    </Text>
  );
}
