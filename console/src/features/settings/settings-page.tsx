// An organization: its name, how identical integrations are treated, its plan.
import { Button, Group, Radio, Select, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { send } from "../../api/client";
import type { GroupIdentical, Organization, Plan } from "../../api/types";
import { sessionKey, useSession } from "../../app/session";
import { useSpace } from "../../app/space";
import { fieldErrors, hasOther } from "../../lib/form-errors";
import { useUnsaved } from "../../lib/unsaved";
import { Copyable } from "../../ui/copy";
import { ErrorPanel } from "../../ui/error-panel";
import { Page as PageFrame } from "../../ui/page";
import { Panel } from "../../ui/panel";
import { PermittedButton } from "../../ui/permitted";
import { toastDone } from "../../ui/toast";

const kFields = ["name", "group_identical", "plan"];
const kGrouping: { value: GroupIdentical; label: string; hint: string }[] = [
  {
    value: "auto",
    label: "Join it",
    hint: "The product joins the integration that exists. One definition, one place to edit.",
  },
  { value: "suggest", label: "Suggest", hint: "A second one is made, and both say that the other is identical." },
  { value: "off", label: "Leave it", hint: "A second one is made, and nothing is said." },
];
const kPlans: { value: Plan; label: string }[] = [
  { value: "free", label: "Free (no organization integrations)" },
  { value: "basic", label: "Basic" },
  { value: "plus", label: "Plus" },
  { value: "enterprise", label: "Enterprise" },
];

export function Page() {
  const space = useSpace();
  if (space.organization === null) return null;
  return (
    <PageFrame title="Settings" hint={<Copyable value={space.organization.id} label="Copy the organization's id" />}>
      <SettingsForm key={space.organization.id} organization={space.organization} />
    </PageFrame>
  );
}

function SettingsForm({ organization }: { organization: Organization }) {
  const space = useSpace();
  const session = useSession();
  const client = useQueryClient();
  const allowed = space.can("organization:update");
  const [name, setName] = useState(organization.name);
  const [grouping, setGrouping] = useState<GroupIdentical>(organization.group_identical);
  const [plan, setPlan] = useState<Plan>(organization.plan);
  const dirty = name !== organization.name || grouping !== organization.group_identical || plan !== organization.plan;
  const save = useMutation({
    mutationFn: () =>
      send<{ organization: Organization }>("PUT", space.api, {
        name,
        group_identical: grouping,
        ...(plan !== organization.plan ? { plan } : {}),
      }),
    onSuccess: (answer) => {
      client.setQueryData(["organization", space.slug], answer.organization);
      client.invalidateQueries({ queryKey: sessionKey });
      toastDone("Saved.");
    },
  });
  const unsaved = useUnsaved(dirty && !save.isPending);
  const errors = fieldErrors(save.error, kFields);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  const planReason = session.user.administrator ? "" : "Only the administrator of the installation changes the plan.";
  return (
    <form onSubmit={submit} noValidate>
      <Panel>
        <Stack gap="lg" maw={640}>
          <TextInput
            label="Name"
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            readOnly={!allowed.ok}
            error={errors.name}
          />
          <TextInput
            label="Slug"
            description="Part of addresses; it does not change."
            value={organization.slug}
            readOnly
          />
          <Radio.Group
            label="When somebody creates in a product what exists in the organization already"
            value={grouping}
            onChange={(value) => setGrouping(value as GroupIdentical)}
            error={errors.group_identical}
          >
            <Stack gap="xs" mt="xs">
              {kGrouping.map((one) => (
                <Radio
                  key={one.value}
                  value={one.value}
                  label={one.label}
                  description={one.hint}
                  disabled={!allowed.ok}
                />
              ))}
            </Stack>
          </Radio.Group>
          <Select
            label="Plan"
            description={planReason === "" ? "What the organization may use." : planReason}
            data={kPlans}
            value={plan}
            onChange={(value) => setPlan((value ?? organization.plan) as Plan)}
            allowDeselect={false}
            disabled={!session.user.administrator}
            error={errors.plan}
          />
          {hasOther(save.error, kFields) && <ErrorPanel error={save.error} />}
          {!allowed.ok && (
            <Text size="sm" c="dimmed">
              {allowed.reason}
            </Text>
          )}
          <Group justify="flex-end" gap="xs">
            {dirty && (
              <Button
                variant="default"
                onClick={() => {
                  setName(organization.name);
                  setGrouping(organization.group_identical);
                  setPlan(organization.plan);
                }}
              >
                Undo
              </Button>
            )}
            <PermittedButton allowed={allowed} type="submit" loading={save.isPending} disabled={allowed.ok && !dirty}>
              Save
            </PermittedButton>
          </Group>
        </Stack>
      </Panel>
      {unsaved}
    </form>
  );
}
