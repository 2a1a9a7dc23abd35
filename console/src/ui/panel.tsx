// A box with a heading: a section of a page. `label` alone names it for assistive technology where the heading would repeat.
import { Group, Paper, Title } from "@mantine/core";
import { type ReactNode, useId } from "react";

export function Panel({
  title,
  actions,
  children,
  padding = "md",
}: {
  title?: string;
  actions?: ReactNode;
  children: ReactNode;
  padding?: "md" | 0;
}) {
  const id = useId();
  return (
    <Paper
      withBorder
      component="section"
      p={padding}
      aria-labelledby={title === undefined ? undefined : id}
      style={{ background: "var(--panel)", borderColor: "var(--line)", overflow: "hidden" }}
    >
      {(title !== undefined || actions !== undefined) && (
        <Group justify="space-between" mb="sm" px={padding === 0 ? "md" : 0} pt={padding === 0 ? "md" : 0}>
          {title !== undefined && (
            <Title order={2} id={id}>
              {title}
            </Title>
          )}
          {actions}
        </Group>
      )}
      {children}
    </Paper>
  );
}
