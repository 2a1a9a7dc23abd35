// One event, whole.
import { Button, Drawer, Group, Stack, Table, Text } from "@mantine/core";
import { Link } from "react-router";
import { useSpace } from "../../app/space";
import { localTime, prettyJson, utcTime } from "../../lib/format";
import { CopyIcon } from "../../ui/copy";
import { IconFilter, IconSend, IconTopologyStar3 } from "../../ui/icons";
import { PermittedButton } from "../../ui/permitted";
import { TextBlock } from "../../ui/text-block";
import { type EventKind, isDeviceId, type LiveEvent } from "./event";

// The stream stays in sight behind it.
export const kOverlay = { backgroundOpacity: 0.12 };

const kKindTexts: Record<EventKind, string> = {
  device: "Published by a device",
  api: "Published by API",
  "hook-sent": "hook-sent: an integration made a request",
  "hook-response": "hook-response: the answer to an integration's request",
  "hook-error": "hook-error: an integration's request failed",
};

interface Props {
  event: LiveEvent;
  product?: { slug: string; name: string };
  pretty: boolean;
  onClose: () => void;
  onExplain: () => void;
  onPublish: () => void;
  onFilter: (place: "device" | "event", text: string) => void;
}

export function EventDrawer({ event, product, pretty, ...props }: Props) {
  const space = useSpace();
  const ours = event.kind.startsWith("hook-");
  return (
    <Drawer opened onClose={props.onClose} position="right" size={540} title="Event" overlayProps={kOverlay}>
      <Stack gap="md">
        <Table variant="vertical" layout="fixed" withRowBorders={false} verticalSpacing={4} horizontalSpacing={0}>
          <Table.Tbody>
            <Row title="Name" value={event.name} copy="Copy name">
              <Text span fw={600} style={{ overflowWrap: "anywhere" }}>
                {event.name}
              </Text>
            </Row>
            <Row title="Kind">
              <Text span size="sm">
                {kKindTexts[event.kind]}
              </Text>
            </Row>
            <Row title="Published">
              <Text span size="sm">
                {localTime(event.at)}{" "}
                <Text span size="sm" c="dimmed">
                  {utcTime(event.at)}
                </Text>
              </Text>
            </Row>
            <Row title="From" value={event.from} copy="Copy device id">
              <span className="mono">{event.from}</span>
            </Row>
            {event.product !== null && (
              <Row title="Product">
                {product === undefined ? (
                  String(event.product)
                ) : (
                  <Text component={Link} to={`/products/${product.slug}`} size="sm" c="var(--mantine-color-anchor)">
                    {product.name}
                  </Text>
                )}
              </Row>
            )}
          </Table.Tbody>
        </Table>
        {event.data === null ? (
          <Text c="dimmed" size="sm">
            Published without data.
          </Text>
        ) : (
          <TextBlock label="Data" text={pretty ? prettyJson(event.data) : event.data} maxHeight={420} />
        )}
        <Group gap="xs">
          {!ours && (
            <Button
              variant="default"
              size="xs"
              leftSection={<IconTopologyStar3 size={14} aria-hidden />}
              onClick={props.onExplain}
            >
              What would this fire
            </Button>
          )}
          {!ours && (
            <PermittedButton
              allowed={space.can("events:send")}
              variant="default"
              size="xs"
              leftSection={<IconSend size={14} aria-hidden />}
              onClick={props.onPublish}
            >
              Publish one like this
            </PermittedButton>
          )}
          <FilterButton text="This name" onClick={() => props.onFilter("event", event.name)} />
          {isDeviceId(event.from) && (
            <FilterButton text="This device" onClick={() => props.onFilter("device", event.from)} />
          )}
        </Group>
      </Stack>
    </Drawer>
  );
}

function FilterButton({ text, onClick }: { text: string; onClick: () => void }) {
  return (
    <Button variant="default" size="xs" leftSection={<IconFilter size={14} aria-hidden />} onClick={onClick}>
      {text} only
    </Button>
  );
}

function Row({
  title,
  value,
  copy,
  children,
}: {
  title: string;
  value?: string;
  copy?: string;
  children: React.ReactNode;
}) {
  return (
    <Table.Tr>
      <Table.Th w={100} style={{ background: "none" }} fw={500}>
        {title}
      </Table.Th>
      <Table.Td>
        <Group gap={4} wrap="nowrap">
          {children}
          {copy !== undefined && value !== undefined && <CopyIcon value={value} label={copy} />}
        </Group>
      </Table.Td>
    </Table.Tr>
  );
}
