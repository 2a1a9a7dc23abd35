// Whether the stream is there, in a word; and what to do when it is not.
import { Button, Group, Text } from "@mantine/core";
import { useEffect, useState } from "react";
import { formatSpan } from "../../lib/format";
import type { Connection } from "./connection";
import classes from "./connection-state.module.css";

export function ConnectionState({
  connection,
  paused,
  onRetry,
}: {
  connection: Connection;
  paused: boolean;
  onRetry: () => void;
}) {
  const state = connection.state === "live" && paused ? "paused" : connection.state;
  return (
    <Group gap="xs" wrap="nowrap">
      <Text size="sm" role="status" className={classes.state} data-state={state}>
        {connection.state === "live" && (paused ? "Paused" : "Live")}
        {connection.state === "connecting" && "Connecting"}
        {connection.state === "refused" && "Not connected"}
        {connection.state === "waiting" && "Not connected"}
      </Text>
      {connection.state === "waiting" && (
        <>
          <Countdown until={connection.until} />
          <Button size="compact-xs" variant="default" onClick={onRetry}>
            Try now
          </Button>
        </>
      )}
    </Group>
  );
}

function Countdown({ until }: { until: number }) {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = window.setInterval(() => setNow(Date.now()), 500);
    return () => window.clearInterval(timer);
  }, []);
  return (
    <Text size="sm" c="dimmed" className="tabular">
      again in {formatSpan(Math.ceil((until - now) / 1000))}
    </Text>
  );
}
