// What a row shows when it is opened: its 30 days, and each product's numbers of today.
import { Group, Table, Text } from "@mantine/core";
import { useIntegration } from "../../../api/integrations";
import { useSpace } from "../../../app/space";
import { kNoCounts, kOutcomes } from "../../../lib/integration";
import { waitsOf } from "../../../lib/waits";
import { BarChart } from "../../../ui/bar-chart";
import { CountText, WaitingText } from "../../../ui/counts";
import { QueryView } from "../../../ui/query-view";
import { dayBars } from "../view/bars";
import { ProductLink } from "../view/product-link";
import classes from "./open-row.module.css";

export function OpenRow({ id, name }: { id: string; name: string }) {
  const space = useSpace();
  const query = useIntegration(space, id, 15_000);
  return (
    <QueryView query={query}>
      {(one) => (
        <div className={classes.open}>
          <div className={classes.chart}>
            <BarChart label={`30 days of ${name}`} bars={dayBars(one.counters)} height={190} partialLast />
          </div>
          {space.kind === "organization" && one.products !== undefined && (
            <div className={classes.products}>
              <Table verticalSpacing={4} horizontalSpacing={8} fz="sm" aria-label={`Today on each product of ${name}`}>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>Today</Table.Th>
                    {kOutcomes.map((each) => (
                      <Table.Th key={each.kind} ta="right">
                        {each.label}
                      </Table.Th>
                    ))}
                    <Table.Th ta="right">Waiting</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {one.products.map((product) => {
                    const counts = product.todayCounters ?? kNoCounts;
                    return (
                      <Table.Tr key={product.id}>
                        <Table.Td>
                          <Group gap={6} wrap="nowrap">
                            <ProductLink product={product} />
                            {product.removed && (
                              <Text span size="xs" c="dimmed">
                                removed
                              </Text>
                            )}
                          </Group>
                        </Table.Td>
                        {kOutcomes.map(({ kind }) => (
                          <Table.Td key={kind} ta="right">
                            <CountText value={counts[kind]} kind={kind} />
                          </Table.Td>
                        ))}
                        <Table.Td ta="right">
                          <WaitingText waits={waitsOf(product)} />
                        </Table.Td>
                      </Table.Tr>
                    );
                  })}
                </Table.Tbody>
              </Table>
            </div>
          )}
        </div>
      )}
    </QueryView>
  );
}
