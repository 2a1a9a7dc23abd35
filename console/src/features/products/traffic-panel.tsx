// What the product's integrations did over time, of all its devices or of some.
import { Autocomplete, Group, SegmentedControl, Select, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { get } from "../../api/client";
import { useGroups, useTraffic } from "../../api/products";
import type { Device } from "../../api/types";
import { useSpace } from "../../app/space";
import { total } from "../../lib/integration";
import { useTypedUrlState } from "../../lib/typed-url-state";
import { useUrlState } from "../../lib/url-state";
import { BarChart } from "../../ui/bar-chart";
import { Panel } from "../../ui/panel";
import { QueryView } from "../../ui/query-view";
import { barsOf, kRanges, type Range, readRange } from "./products";

export function TrafficPanel() {
  const space = useSpace();
  const [rangeText, setRange] = useUrlState("range", "1d");
  const [group, setGroup] = useUrlState("group");
  const [firmware, setFirmware] = useTypedUrlState("fw");
  const [os, setOs] = useTypedUrlState("os");
  const range = readRange(rangeText);
  const groups = useGroups(space.api);
  const versions = useVersions(space.api);
  const traffic = useTraffic(space.api, {
    seconds: kRanges[range].seconds,
    bucket: kRanges[range].bucket,
    firmware: firmware.trim(),
    os: os.trim(),
    group,
  });
  const groupNames = groups.data?.map((one) => one.name) ?? [];
  if (group !== "" && !groupNames.includes(group)) groupNames.push(group);
  const some = group !== "" || firmware.trim() !== "" || os.trim() !== "";
  return (
    <Panel
      title="Traffic"
      actions={
        <SegmentedControl
          aria-label="Range"
          size="xs"
          data={(Object.keys(kRanges) as Range[]).map((one) => ({ value: one, label: kRanges[one].label }))}
          value={range}
          onChange={setRange}
        />
      }
    >
      <Group gap="xs" mb="sm" grow preventGrowOverflow={false}>
        <Select
          aria-label="Device group"
          placeholder="All groups"
          size="xs"
          data={groupNames}
          value={group === "" ? null : group}
          onChange={(value) => setGroup(value ?? "")}
          clearable
          clearButtonProps={{ "aria-label": "All groups" }}
          nothingFoundMessage="No device is in a group"
        />
        <Autocomplete
          aria-label="Firmware version"
          placeholder="Any firmware"
          size="xs"
          data={versions.firmware}
          value={firmware}
          onChange={setFirmware}
        />
        <Autocomplete
          aria-label="Device OS version"
          placeholder="Any Device OS"
          size="xs"
          data={versions.os}
          value={os}
          onChange={setOs}
        />
      </Group>
      <QueryView query={traffic}>
        {(buckets) => {
          const bars = barsOf(buckets, range);
          const quiet = bars.every((bar) => total(bar) === 0);
          return (
            <>
              <BarChart label={`Traffic of the last ${kRanges[range].label}`} bars={bars} partialLast />
              {quiet && (
                <Text size="sm" c="dimmed" ta="center" mt="xs">
                  {some ? "No traffic of such devices in this time." : "No integration ran in this time."}
                </Text>
              )}
            </>
          );
        }}
      </QueryView>
    </Panel>
  );
}

// Versions to choose from: those of the first hundred devices. Others can be typed.
function useVersions(productApi: string) {
  const devices = useQuery({
    queryKey: ["devices", productApi, "versions"],
    queryFn: ({ signal }) =>
      get<{ devices: Device[] }>(`${productApi}/devices?perPage=100`, signal).then((answer) => answer.devices),
    staleTime: 60_000,
  });
  return useMemo(() => {
    const distinct = (values: (string | number | null | undefined)[]) =>
      [...new Set(values.filter((one) => one !== null && one !== undefined).map(String))].sort((a, b) =>
        b.localeCompare(a, undefined, { numeric: true }),
      );
    const all = devices.data ?? [];
    return {
      firmware: distinct(all.map((one) => one.firmware_version)),
      os: distinct(all.map((one) => one.system_firmware_version)),
    };
  }, [devices.data]);
}
