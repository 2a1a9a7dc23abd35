// One attempt, opened: the event, what was sent, and what was answered.
import { Alert, Anchor, SegmentedControl, Table, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { Link } from "react-router";
import type { LogEntry, Placement } from "../../../api/types";
import { useSpace } from "../../../app/space";
import { prettyJson } from "../../../lib/format";
import { useUrlState } from "../../../lib/url-state";
import { Copyable, CopyIcon } from "../../../ui/copy";
import { InnerLink } from "../../../ui/inner-link";
import { TextBlock } from "../../../ui/text-block";
import { Time } from "../../../ui/time";
import classes from "./log.module.css";
import { isJson } from "./log-model";
import { ProductLink } from "./product-link";

interface Props {
  entry: LogEntry;
  integration: string;
  product: Placement | undefined;
}

export function LogEntryView({ entry, integration, product }: Props) {
  const space = useSpace();
  const [raw, setRaw] = useUrlState("raw");
  const shown = (text: string) => (raw === "1" ? text : prettyJson(text));
  const { event, request, response } = entry;
  return (
    <div className={classes.entry}>
      {entry.error !== null && (
        <Alert color="red" p="xs">
          <Text size="sm" fw={600} style={{ overflowWrap: "anywhere" }}>
            {entry.error}
          </Text>
        </Alert>
      )}
      <div className={classes.facts}>
        <Fact name="Time">
          <Time value={entry.time} relative={false} />
        </Fact>
        {product !== undefined && (
          <Fact name="Product">
            <ProductLink product={product} />
          </Fact>
        )}
        <Fact name="Attempt">{entry.attempt}</Fact>
        <Fact name="Took">{entry.duration_ms} ms</Fact>
        <Fact name="Version">
          <Anchor
            component={Link}
            inherit
            underline="always"
            to={`${space.path}/integrations/${integration}?tab=versions&version=${entry.version}`}
          >
            {entry.version}
          </Anchor>
        </Fact>
        <SegmentedControl
          size="xs"
          aria-label="How texts are shown"
          value={raw === "1" ? "raw" : "pretty"}
          onChange={(value) => setRaw(value === "raw" ? "1" : "")}
          data={[
            { value: "pretty", label: "Pretty" },
            { value: "raw", label: "Raw" },
          ]}
        />
      </div>
      <div className={classes.parts}>
        {event !== undefined && (
          <Part title="Event">
            <Pairs
              pairs={{ Name: event.name, Device: event.coreid, Published: event.published_at, Id: event.id }}
              label="Event"
            />
            <Text size="sm">
              <InnerLink to={`${space.path}/event-log/${event.id}`}>What became of this event</InnerLink>
            </Text>
            <Body text={event.data ?? ""} shown={shown} label="Event data" empty="No data" />
          </Part>
        )}
        <Part title="Request">
          <div className={classes.line}>
            <Text span className="mono" size="sm">
              <b>{request.method}</b> {request.url}
            </Text>
            <CopyIcon value={request.url} label="Copy URL" />
          </div>
          <Pairs pairs={request.headers} label="Request headers" />
          <Body text={request.body} shown={shown} label="Request body" empty="No body" />
        </Part>
        <Part title="Answer">
          {response === null ? (
            <Text size="sm" c="dimmed">
              There was no answer.
            </Text>
          ) : (
            <>
              <Text size="sm">
                Status <b className="tabular">{response.statusCode}</b>
              </Text>
              <Pairs pairs={response.headers} label="Answer headers" />
              <Body text={response.body} shown={shown} label="Answer body" empty="No body" />
            </>
          )}
        </Part>
      </div>
    </div>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <span>
      <Text span size="sm" c="dimmed">
        {name}{" "}
      </Text>
      <Text span size="sm" className="tabular">
        {children}
      </Text>
    </span>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className={classes.part} aria-label={title}>
      <Text fw={650} size="sm">
        {title}
      </Text>
      {children}
    </section>
  );
}

function Pairs({ pairs, label }: { pairs: { [name: string]: string }; label: string }) {
  const entries = Object.entries(pairs);
  if (entries.length === 0) return null;
  return (
    <Table aria-label={label} fz="xs" verticalSpacing={2} horizontalSpacing={6} layout="fixed" withRowBorders={false}>
      <Table.Tbody>
        {entries.map(([name, value]) => (
          <Table.Tr key={name}>
            <Table.Th w="38%" fw={400} c="dimmed" style={{ verticalAlign: "top", overflowWrap: "anywhere" }}>
              {name}
            </Table.Th>
            <Table.Td className="mono">
              {/^[0-9a-f]{24}$/.test(value) ? <Copyable value={value} label={`Copy ${name.toLowerCase()}`} /> : value}
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

interface BodyProps {
  text: string;
  shown: (text: string) => string;
  label: string;
  empty: string;
}
function Body({ text, shown, label, empty }: BodyProps) {
  if (text === "") {
    return (
      <Text size="sm" c="dimmed">
        {empty}
      </Text>
    );
  }
  return <TextBlock text={isJson(text) ? shown(text) : text} label={label} />;
}
