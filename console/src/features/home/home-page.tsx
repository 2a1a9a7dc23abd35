// The start: on to the last space. A person without one makes an organization here, or goes to the sandbox.
import { Anchor, Button, Group, Stack, Text, TextInput, Title } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { Link, Navigate, useNavigate, useSearchParams } from "react-router";
import { ApiError } from "../../api/client";
import { useOnce } from "../../api/once";
import type { Organization } from "../../api/types";
import { queryClient } from "../../app/query-client";
import { sessionKey, useSession } from "../../app/session";
import { lastSpace } from "../../app/space";
import { slugOf, slugTaken } from "../../lib/slug";
import { ErrorPanel } from "../../ui/error-panel";
import { IconBuilding, IconSandbox } from "../../ui/icons";
import { useTitle } from "../../ui/page";
import { Panel } from "../../ui/panel";
import { startPath } from "./start";

export function Page() {
  const session = useSession();
  const [parameters] = useSearchParams();
  const asked = parameters.get("new") === "organization";
  const start = startPath(session, lastSpace());
  useTitle(asked ? "New organization" : "Welcome");
  if (!asked && start !== null) return <Navigate to={start} replace />;
  const name = session.user.name ?? session.user.username;
  return (
    <Stack maw={start === null ? 880 : 560} mx="auto" gap="lg" py={{ base: "md", sm: "xl" }}>
      <div>
        <Title order={1}>{start === null ? `Welcome, ${name}` : "New organization"}</Title>
        <Text c="dimmed" maw={640}>
          {start === null
            ? "Integrations run in products, and products belong to an organization. Make one for your team, or try things alone in the sandbox."
            : "An organization has products, a team, and integrations that are shared between its products. You become its Owner."}
        </Text>
      </div>
      <Group align="stretch" gap="md" grow preventGrowOverflow={false} wrap="wrap">
        <Panel title={start === null ? "Make an organization" : undefined}>
          <OrganizationForm cancelTo={start} />
        </Panel>
        {start === null && (
          <Panel title="Or try the sandbox">
            <Stack gap="md" align="flex-start">
              <Text size="sm">
                The sandbox is yours alone: your own devices, events and integrations, without products. Nothing of it
                is seen by others.
              </Text>
              <Button
                component={Link}
                to="/sandbox/integrations"
                variant="default"
                leftSection={<IconSandbox size={16} aria-hidden />}
              >
                Open the sandbox
              </Button>
              <Text size="sm" c="dimmed">
                You expected to see your team's organization? Its Administrator invites you by your address,{" "}
                {session.user.username}.
              </Text>
            </Stack>
          </Panel>
        )}
      </Group>
    </Stack>
  );
}

function OrganizationForm({ cancelTo }: { cancelTo: string | null }) {
  const navigate = useNavigate();
  const [name, setName] = useState("");
  const [slug, setSlug] = useState("");
  const once = useOnce();
  const making = useMutation({
    mutationFn: () => once.post<{ organization: Organization }>("/v1/orgs", { name, slug }),
    onSuccess: async ({ organization }) => {
      // The session names the roles: without the new one everything would look forbidden there.
      await queryClient.refetchQueries({ queryKey: sessionKey });
      navigate(`/orgs/${organization.slug}/products?new=1`);
    },
  });
  const at = (field: string) =>
    making.error instanceof ApiError ? making.error.violations.find((one) => one.field === field)?.message : undefined;
  const taken = slugTaken(making.error);
  const placed = at("name") !== undefined || at("slug") !== undefined || taken !== undefined;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    making.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <TextInput
          label="Name"
          placeholder="Acme Cooling"
          required
          withAsterisk={false}
          maxLength={128}
          autoFocus
          value={name}
          error={at("name")}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <TextInput
          label="Slug"
          description="Stands in addresses. Made from the name where you leave it empty; it stays as it is."
          placeholder={slugOf(name) || "acme-cooling"}
          value={slug}
          error={at("slug") ?? taken}
          onChange={(event) => setSlug(event.currentTarget.value)}
        />
        {making.isError && !placed && <ErrorPanel error={making.error} />}
        <Group gap="md">
          <Button type="submit" loading={making.isPending} leftSection={<IconBuilding size={16} aria-hidden />}>
            Create organization
          </Button>
          {cancelTo !== null && (
            <Anchor component={Link} to={cancelTo} size="sm">
              Cancel
            </Anchor>
          )}
        </Group>
      </Stack>
    </form>
  );
}
