// One delivery of an event as a time line: published, each attempt that is kept, how it ended or what comes next.
import { Badge, Group, Text } from "@mantine/core";
import { useState } from "react";
import type { TracedDelivery, Try } from "../../api/event-log";
import { useAttempt } from "../../api/event-log";
import { useEventCommand } from "../../api/waiting";
import { useSpace } from "../../app/space";
import { errorText } from "../../lib/dead-letters";
import { spanText } from "../../lib/duration";
import { localTime, plural } from "../../lib/format";
import { kDeliveryStates, triesText } from "../../lib/trace";
import { ConfirmDialog } from "../../ui/confirm";
import { IconChevronRight } from "../../ui/icons";
import { InnerLink } from "../../ui/inner-link";
import { Panel } from "../../ui/panel";
import { PermittedButton } from "../../ui/permitted";
import { QueryView } from "../../ui/query-view";
import { Time } from "../../ui/time";
import { toastDone, toastProblem } from "../../ui/toast";
import { LogEntryView } from "../integrations/view/log-entry";
import classes from "./delivery-panel.module.css";

interface Props {
  event: string;
  delivery: TracedDelivery;
  publishedAt: string;
}

export function DeliveryPanel({ event, delivery, publishedAt }: Props) {
  const space = useSpace();
  const { integration, product } = delivery;
  const tries = triesText(delivery);
  const state = kDeliveryStates[delivery.state];
  const missing = delivery.attempts - delivery.tries.length;
  return (
    <Panel
      title={integration?.name ?? "Integration unknown"}
      actions={
        <Badge variant="light" color={state.color} radius="sm" tt="none">
          {state.text}
        </Badge>
      }
    >
      <Text size="sm" mb="xs">
        {integration !== null && !integration.deleted && (
          <InnerLink to={`${space.path}/integrations/${integration.id}`}>Integration</InnerLink>
        )}
        {integration?.deleted && "Deleted integration"}, version {delivery.version}
        {space.kind === "organization" && product !== null && `, ${product.name ?? `product ${product.id}`}`}
        {delivery.replay !== null && (
          <>
            ,{" "}
            <InnerLink to={`${space.path}/dead-letters/replays/${delivery.replay}`}>
              by replay {delivery.replay}
            </InnerLink>
          </>
        )}
      </Text>
      <ol className={classes.line} aria-label="Time line">
        <Moment at={publishedAt}>Published</Moment>
        {missing > 0 && (
          <li className={classes.item} data-quiet>
            <Text size="xs" c="dimmed">
              {plural(missing, "attempt")} {missing === 1 ? "is" : "are"} not kept with request and answer.
            </Text>
          </li>
        )}
        {[...delivery.tries].reverse().map((one) => (
          <Attempt key={one.id} one={one} integration={integration?.id ?? ""} />
        ))}
        {delivery.ended_at !== null ? (
          <Moment at={delivery.ended_at} state={delivery.state}>
            <Text span size="sm" fw={600}>
              {state.text}
            </Text>
            {delivery.took_ms !== null && ` ${spanText(delivery.took_ms)} after it was published`}
            {tries !== "" && `; ${tries}`}
            {delivery.dead_letter !== null && (
              <>
                .{" "}
                <InnerLink to={`${space.path}/dead-letters?replayed=all&letter=${delivery.dead_letter}`}>
                  Dead letter
                </InnerLink>
              </>
            )}
          </Moment>
        ) : (
          <li className={classes.item} data-state={delivery.state}>
            <Text span size="sm" fw={600}>
              Waits for {delivery.waits_for}
            </Text>
            {delivery.next_attempt_at !== null && (
              <>
                , <Time value={delivery.next_attempt_at} />
              </>
            )}
            {tries !== "" && `; ${tries}`}
            {integration !== null && <Wishes event={event} delivery={delivery} integration={integration.id} />}
          </li>
        )}
      </ol>
    </Panel>
  );
}

// What one can do with a delivery that waits.
function Wishes({ event, delivery, integration }: { event: string; delivery: TracedDelivery; integration: string }) {
  const space = useSpace();
  const command = useEventCommand(space, event);
  const [asks, setAsks] = useState(false);
  const may = space.can("integrations:update");
  return (
    <Group gap={6} mt={6}>
      {delivery.state === "waiting" && (
        <PermittedButton
          allowed={may}
          size="compact-sm"
          variant="default"
          loading={command.isPending}
          onClick={() =>
            command.mutate(
              { command: "try_now", integration },
              { onSuccess: () => toastDone("It is tried now."), onError: (problem) => toastProblem(problem) },
            )
          }
        >
          Try now
        </PermittedButton>
      )}
      <PermittedButton allowed={may} size="compact-sm" variant="default" onClick={() => setAsks(true)}>
        Cancel it
      </PermittedButton>
      <ConfirmDialog
        opened={asks}
        onClose={() => setAsks(false)}
        title="Cancel this delivery"
        verb="Cancel the delivery"
        onConfirm={async () => {
          await command.mutateAsync({ command: "cancel", integration });
          toastDone("It ends as cancelled.");
        }}
      >
        <Text size="sm">
          It is not tried any more. A request that is under way may still succeed. It leaves a dead letter, which can be
          replayed.
        </Text>
      </ConfirmDialog>
    </Group>
  );
}

function Moment({ at, state, children }: { at: string; state?: string; children: React.ReactNode }) {
  return (
    <li className={classes.item} data-state={state}>
      <Text span size="sm" c="dimmed" className="tabular">
        {localTime(at)}
      </Text>{" "}
      <Text span size="sm">
        {children}
      </Text>
    </li>
  );
}

// Closed it says what came of it; opened, what was sent and answered.
function Attempt({ one, integration }: { one: Try; integration: string }) {
  const [open, setOpen] = useState(false);
  const bad = one.error !== null;
  return (
    <li className={classes.item} data-state={bad ? "error" : "success"}>
      <button type="button" className={classes.head} aria-expanded={open} onClick={() => setOpen(!open)}>
        <IconChevronRight size={14} aria-hidden />
        <Group gap={6} wrap="wrap">
          <Text span size="sm" c="dimmed" className="tabular">
            {localTime(one.time)}
          </Text>
          <Text span size="sm">
            Attempt {one.attempt}:{" "}
            <Text span size="sm" fw={600} c={bad ? "var(--mantine-color-error)" : undefined}>
              {one.status ?? (one.error === null ? "sent" : errorText(one.error))}
            </Text>
            , {one.duration_ms} ms
          </Text>
        </Group>
      </button>
      {!open && one.message !== null && (
        <Text size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>
          {one.message}
        </Text>
      )}
      {open && <Opened id={one.id} integration={integration} />}
    </li>
  );
}

function Opened({ id, integration }: { id: string; integration: string }) {
  const query = useAttempt(useSpace(), id);
  return (
    <QueryView query={query}>
      {({ event: _, product: __, ...attempt }) => (
        <LogEntryView
          entry={{ ...attempt, error: attempt.message, product_id: null }}
          integration={integration}
          product={undefined}
        />
      )}
    </QueryView>
  );
}
