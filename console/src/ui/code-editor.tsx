// An editor for JSON and templates. Its code is loaded when the first one is shown; until then the text can be read.
import { Input, Text } from "@mantine/core";
import { lazy, type ReactNode, Suspense, useId } from "react";
import classes from "./code-editor.module.css";
import type { CompletableName } from "./template-language";

export interface EditorFinding {
  from: number;
  to: number;
  message: string;
  severity: "error" | "warning" | "info";
}

export interface CodeEditorProps {
  label: string;
  value: string;
  onChange?: (value: string) => void;
  language: "json" | "text";
  // Colours and marks {{tags}}, and completes `names` in them. "strings": the text is JSON, and each of its strings is a
  // template; true: all of it is one.
  template?: boolean | "strings";
  names?: CompletableName[];
  // What is marked in the text. Without it, tags that are not closed are.
  check?: (text: string) => EditorFinding[];
  readOnly?: boolean;
  lineNumbers?: boolean;
  placeholder?: string;
  minLines?: number;
  maxLines?: number;
  // Where errors of the server look for it.
  field?: string;
  describedBy?: string;
}

const View = lazy(() => import("./code-editor-view"));

export function CodeEditor({
  description,
  error,
  warning,
  hideLabel,
  size = "sm",
  ...props
}: CodeEditorProps & {
  description?: ReactNode;
  error?: ReactNode;
  warning?: ReactNode;
  hideLabel?: boolean;
  size?: "xs" | "sm";
}) {
  const id = useId();
  const hasError = error !== undefined && error !== null && error !== "";
  const keys = !props.readOnly && (
    <Text size="xs" c="dimmed" className={classes.hint} id={`${id}-keys`}>
      Tab indents. Escape, then Tab leaves.{props.template ? " Ctrl+Space offers names." : ""}
    </Text>
  );
  return (
    <div
      className={classes.frame}
      data-invalid={hasError || undefined}
      data-readonly={props.readOnly || undefined}
      data-editor-of={props.field}
    >
      {!hideLabel && (
        <div className={classes.head}>
          <Input.Label labelElement="div" size={size}>
            {props.label}
          </Input.Label>
          {keys}
        </div>
      )}
      {description !== undefined && (
        <Input.Description mb={4} id={`${id}-description`}>
          {description}
        </Input.Description>
      )}
      <div className={classes.box}>
        <Suspense fallback={<pre className={classes.waiting}>{props.value}</pre>}>
          <View {...props} describedBy={`${id}-keys ${id}-description ${id}-error`} />
        </Suspense>
      </div>
      <div className={classes.foot} data-hint={hideLabel || undefined}>
        <div id={`${id}-error`}>
          {hasError && <Input.Error>{error}</Input.Error>}
          {!hasError && warning !== undefined && warning !== null && (
            <Text size="xs" className={classes.warning}>
              {warning}
            </Text>
          )}
        </div>
        {hideLabel && keys}
      </div>
    </div>
  );
}
