// A page: its heading, what one can do on it, and the title of the browser's tab.
import { Breadcrumbs, Group, Stack, Text, Title } from "@mantine/core";
import { type ReactNode, useEffect } from "react";
import { Link } from "react-router";
import { useMaybeSpace } from "../app/space";

export interface Crumb {
  label: string;
  to: string;
}

export function Page({
  title,
  hint,
  actions,
  crumbs,
  children,
}: {
  title: string;
  hint?: ReactNode;
  actions?: ReactNode;
  crumbs?: Crumb[];
  children: ReactNode;
}) {
  const space = useMaybeSpace();
  useTitle(space === null ? title : `${title} · ${space.name}`);
  return (
    <Stack gap="md">
      {crumbs !== undefined && crumbs.length > 0 && (
        <nav aria-label="Breadcrumb">
          <Breadcrumbs separator="/">
            {crumbs.map((crumb) => (
              <Text key={crumb.to} component={Link} to={crumb.to} size="sm" c="dimmed" td="underline">
                {crumb.label}
              </Text>
            ))}
          </Breadcrumbs>
        </nav>
      )}
      <Group justify="space-between" align="flex-start" gap="sm">
        <div style={{ minWidth: 0 }}>
          <Title order={1} style={{ overflowWrap: "anywhere" }}>
            {title}
          </Title>
          {hint !== undefined && (
            <Text c="dimmed" size="sm" component="div">
              {hint}
            </Text>
          )}
        </div>
        {actions !== undefined && <Group gap="xs">{actions}</Group>}
      </Group>
      {children}
    </Stack>
  );
}

export function useTitle(title: string) {
  useEffect(() => {
    document.title = `${title} · Fleethook`;
  }, [title]);
}
