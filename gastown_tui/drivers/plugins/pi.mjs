// Reports pi's events to the town.
import { report, refusal } from "./report.mjs"

const textOf = (message) => (message?.content ?? []).filter((block) => block.type === "text").map((block) => block.text).join("\n")

export default function (pi) {
  const session = (ctx) => ({
    session_id: ctx.sessionManager.getSessionId?.() ?? "",
    transcript_path: ctx.sessionManager.getSessionFile() ?? "",
  })
  pi.on("session_start", async (event, ctx) => {
    await report("SessionStart", { ...session(ctx), source: event.reason === "new" ? "clear" : event.reason })
  })
  pi.on("before_agent_start", async (event, ctx) => {
    await report("UserPromptSubmit", { ...session(ctx), prompt: event.prompt })
  })
  pi.on("tool_call", async (event, ctx) => {
    const why = await refusal({ ...session(ctx), tool_name: event.toolName, tool_input: event.input })
    return why ? { block: true, reason: why } : undefined
  })
  pi.on("session_before_compact", async (event, ctx) => {
    await report("PreCompact", session(ctx))
  })
  pi.on("agent_end", async (event, ctx) => {
    const last = [...event.messages].reverse().find((message) => message.role === "assistant")
    const failed = last?.stopReason === "error"
    const details = failed ? { error: "unknown", error_details: last.errorMessage ?? "" } : { last_assistant_message: textOf(last) }
    await report(failed ? "StopFailure" : "Stop", { ...session(ctx), ...details })
  })
  pi.on("session_shutdown", async (event, ctx) => {
    await report("SessionEnd", { ...session(ctx), reason: event.reason === "quit" ? "quit" : "clear" })
  })
}
