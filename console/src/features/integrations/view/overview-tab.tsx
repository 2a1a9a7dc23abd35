// How it is now and how it was: today's numbers, what needs a decision, and the histories.
import { Anchor, SimpleGrid, Stack, Text } from "@mantine/core";
import { Link } from "react-router";
import type { IntegrationDetail } from "../../../api/types";
import { useSpace } from "../../../app/space";
import { formatCount, formatPercent } from "../../../lib/format";
import { total } from "../../../lib/integration";
import { CountText } from "../../../ui/counts";
import { Stat } from "../../../ui/stat";
import { Time } from "../../../ui/time";
import { HealthPanel } from "./health-panel";
import { History } from "./history";
import { IdenticalPanel } from "./identical-panel";
import { entryKey } from "./log-model";
import { OutagesPanel } from "./outages-panel";
import type { Rights } from "./rights";
import { StagedPanel } from "./staged-panel";

export function OverviewTab({ one, rights }: { one: IntegrationDetail; rights: Rights }) {
  const space = useSpace();
  const today = one.todayCounters;
  const last = one.errors[0];
  const twins = one.identical_to ?? [];
  return (
    <Stack gap="md">
      <SimpleGrid cols={{ base: 2, sm: 3, md: 5 }} spacing="sm">
        <Stat
          label="Success today"
          value={formatCount(today.success)}
          hint={total(today) === 0 ? undefined : `${formatPercent(today.success, total(today))} of all today`}
        />
        <Stat label="Error today" value={<CountText value={today.error} kind="error" />} />
        <Stat
          label="Skipped today"
          value={<CountText value={today.sleep} kind="sleep" />}
          hint={today.cancelled > 0 ? `${formatCount(today.cancelled)} cancelled` : undefined}
        />
        <Stat
          label="Waiting now"
          value={<CountText value={one.waiting} kind="plain" />}
          hint={one.held > 0 ? `${formatCount(one.held)} held until it runs again` : undefined}
        />
        <Stat
          label="Last failed attempt"
          value={
            last === undefined ? (
              <Text c="dimmed" inherit>
                None
              </Text>
            ) : (
              <Anchor
                component={Link}
                inherit
                to={`${space.path}/integrations/${one.id}?tab=errors&entry=${encodeURIComponent(entryKey(last))}`}
              >
                <Time value={last.time} />
              </Anchor>
            )
          }
          hint={
            last === undefined ? undefined : (
              <Text inherit lineClamp={2}>
                {last.error ?? `Status ${last.response?.statusCode}`}
              </Text>
            )
          }
        />
      </SimpleGrid>
      <HealthPanel one={one} rights={rights} />
      {one.staged !== undefined && <StagedPanel one={one} staged={one.staged} rights={rights} />}
      {twins.length > 0 && <IdenticalPanel one={one} ids={twins} rights={rights} />}
      <History one={one} />
      <OutagesPanel one={one} />
    </Stack>
  );
}
