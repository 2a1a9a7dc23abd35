// One product in the table of where an integration runs; it opens to the details.
import { Badge, Group, Text, UnstyledButton } from "@mantine/core";
import { useState } from "react";
import { useResumeIntegration } from "../../../api/integrations";
import type { IntegrationDetail, Placement } from "../../../api/types";
import { useSpace } from "../../../app/space";
import { kNoCounts, kOutcomes } from "../../../lib/integration";
import { waitsOf } from "../../../lib/waits";
import { CountText, WaitingText } from "../../../ui/counts";
import { IconChevronRight, IconPlayerPause, IconPlayerPlay } from "../../../ui/icons";
import { PermittedButton } from "../../../ui/permitted";
import { StateBadge } from "../../../ui/state-badge";
import { Time } from "../../../ui/time";
import { toastDone, toastProblem } from "../../../ui/toast";
import { fieldName } from "./field-names";
import { PauseDialog } from "./pause-dialog";
import { PlacementDetails } from "./placement-details";
import { ProductLink } from "./product-link";
import classes from "./products.module.css";
import type { Rights } from "./rights";

interface BodyProps {
  one: IntegrationDetail;
  product: Placement;
  rights: Rights;
  own: boolean; // what happens there is decided here
  open: boolean;
  onToggle: () => void;
}

export function ProductBody({ one, product, rights, own, open, onToggle }: BodyProps) {
  const space = useSpace();
  const organization = space.kind === "organization";
  const counts = product.todayCounters ?? kNoCounts;
  const name = product.name ?? product.slug ?? `Product ${product.id}`;
  const effective = organization ? product.effective : own ? one.effective : undefined;
  return (
    <tbody>
      <tr data-open={open || undefined}>
        <th scope="row">
          <div className={classes.name}>
            {own && !product.removed ? (
              <UnstyledButton
                className={classes.expand}
                aria-expanded={open}
                aria-label={`Details of ${name}`}
                onClick={onToggle}
              >
                <IconChevronRight size={16} aria-hidden />
              </UnstyledButton>
            ) : (
              <span className={classes.expand} />
            )}
            <ProductLink product={product} />
          </div>
        </th>
        <td>
          <PlacementState one={one} product={product} />
        </td>
        {organization &&
          kOutcomes.map(({ kind, label }) => (
            <td key={kind} className={classes.number} data-title={label}>
              <CountText value={counts[kind]} kind={kind} />
            </td>
          ))}
        <td className={classes.number} data-title="Waiting">
          <WaitingText waits={waitsOf(product)} />
        </td>
        <td>
          <Differences product={product} />
        </td>
        <td className={classes.actions}>
          {own && !product.removed && <PauseButton one={one} product={product} name={name} rights={rights} />}
        </td>
      </tr>
      {own && open && (
        <tr className={classes.details}>
          <td colSpan={organization ? 5 + kOutcomes.length : 5}>
            <PlacementDetails one={one} product={product} effective={effective} rights={rights} />
          </td>
        </tr>
      )}
    </tbody>
  );
}

function PlacementState({ one, product }: { one: IntegrationDetail; product: Placement }) {
  if (product.removed) {
    return (
      <>
        <Badge variant="default" radius="sm" tt="none">
          Removed
        </Badge>
        <Text size="xs" c="dimmed" component="div">
          what it accepted is still delivered
        </Text>
      </>
    );
  }
  const disabled = product.override?.disabled ?? one.disabled;
  if (product.paused !== undefined) {
    return (
      <>
        <StateBadge state="paused" />
        <Text size="xs" c="dimmed" component="div">
          {product.paused.mode === "hold" ? "events wait" : "events are skipped"}, since{" "}
          <Time value={product.paused.since} />
        </Text>
      </>
    );
  }
  if (disabled) return <StateBadge state="disabled" />;
  if (product.health !== undefined) return <StateBadge state={product.health} />;
  return <Text size="sm">Runs</Text>;
}

function Differences({ product }: { product: Placement }) {
  const fields = Object.keys(product.override ?? {});
  if (fields.length === 0 && product.staged_version === undefined) {
    return (
      <Text size="sm" c="dimmed">
        No differences
      </Text>
    );
  }
  return (
    <div className={classes.badges}>
      {product.staged_version !== undefined && (
        <Badge variant="default" radius="sm" tt="none">
          Tries version {product.staged_version}
        </Badge>
      )}
      {fields.map((field) => (
        <Badge key={field} variant="default" radius="sm" tt="none">
          {fieldName(field)}
        </Badge>
      ))}
    </div>
  );
}

interface PauseProps {
  one: IntegrationDetail;
  product: Placement;
  name: string;
  rights: Rights;
}
function PauseButton({ one, product, name, rights }: PauseProps) {
  const space = useSpace();
  const [asks, setAsks] = useState(false);
  const resume = useResumeIntegration(space, one.id);
  if (product.paused !== undefined) {
    return (
      <Group gap={6} justify="flex-end" wrap="nowrap">
        <PermittedButton
          allowed={rights.pause}
          size="compact-sm"
          variant="subtle"
          aria-label={`Change the pause on ${name}`}
          onClick={() => setAsks(true)}
        >
          Change
        </PermittedButton>
        <PermittedButton
          allowed={rights.pause}
          size="compact-sm"
          variant="default"
          loading={resume.isPending}
          aria-label={`Resume on ${name}`}
          leftSection={<IconPlayerPlay size={14} aria-hidden />}
          onClick={() =>
            resume.mutate(
              { products: space.kind === "organization" ? [product.id] : undefined },
              {
                onSuccess: () => toastDone(`It runs again on ${name}.`),
                onError: (problem) => toastProblem(problem),
              },
            )
          }
        >
          Resume
        </PermittedButton>
        <PauseDialog
          opened={asks}
          onClose={() => setAsks(false)}
          one={one}
          products={[product]}
          mode={product.paused.mode}
          title={`Change the pause on ${name}`}
        />
      </Group>
    );
  }
  return (
    <>
      <PermittedButton
        allowed={rights.pause}
        size="compact-sm"
        variant="default"
        aria-label={`Pause on ${name}`}
        leftSection={<IconPlayerPause size={14} aria-hidden />}
        onClick={() => setAsks(true)}
      >
        Pause
      </PermittedButton>
      <PauseDialog
        opened={asks}
        onClose={() => setAsks(false)}
        one={one}
        products={[product]}
        title={`Pause on ${name}`}
      />
    </>
  );
}
