// Variables of an organization, or of a product beside those it gets from its organization.
import { Text } from "@mantine/core";
import { useVariables } from "../../api/variables";
import { useSpace } from "../../app/space";
import { Page as PageFrame } from "../../ui/page";
import { Panel } from "../../ui/panel";
import { QueryView } from "../../ui/query-view";
import { VariablesEditor } from "./variables-editor";

export function Page() {
  const space = useSpace();
  const own = useVariables(space.api);
  const above = space.kind === "product" && space.organization !== null ? `/v1/orgs/${space.organization.slug}` : null;
  const inherited = useVariables(above ?? "", above !== null);
  return (
    <PageFrame
      title="Variables"
      hint={
        <>
          What differs from product to product, so that one integration can serve them all. A template names one as{" "}
          <Text span className="mono">
            {"{{{product.vars.NAME}}}"}
          </Text>
          . The nearest counts: on the placement, on the product, on the organization.
        </>
      }
    >
      <Panel title={space.kind === "product" ? `Of ${space.name}` : "For all products"}>
        <QueryView query={own}>
          {(variables) => (
            <VariablesEditor
              key={JSON.stringify(variables)}
              api={space.api}
              variables={variables}
              inherited={inherited.data ?? {}}
              allowed={space.can("variables:update")}
            />
          )}
        </QueryView>
      </Panel>
    </PageFrame>
  );
}
