// Reports opencode's events to the town.
import { report, refusal } from "./report.mjs"

const textOf = (parts) => (parts ?? []).filter((part) => part.type === "text" && !part.synthetic).map((part) => part.text).join("\n")

export const GasTown = async () => {
  const children = new Set() // sessions of sub-agents: their ends are not the agent's
  const said = new Map()
  const known = new Set()
  const begin = async (session) => {
    if (known.has(session)) return
    known.add(session)
    await report("SessionStart", { session_id: session, source: "startup" })
  }
  const seen = async (event) => {
    const about = event.properties ?? {}
    const session = about.sessionID ?? about.info?.sessionID ?? about.info?.id ?? ""
    if (event.type === "session.created" && about.info?.parentID) children.add(about.info.id)
    if (children.has(session)) return
    if (event.type === "message.part.updated" && about.part?.type === "text") said.set(about.part.sessionID, about.part.text)
    if (event.type === "session.idle") await report("Stop", { session_id: session, last_assistant_message: said.get(session) ?? "" })
    if (event.type === "session.status" && about.status?.type === "retry")
      await report("StopFailure", { session_id: session, error: "overloaded", error_details: about.status.message ?? "" })
    if (event.type === "session.error" && about.error?.name !== "MessageAbortedError")
      await report("StopFailure", {
        session_id: session,
        error: about.error?.name === "ProviderAuthError" ? "authentication_failed" : "unknown",
        error_details: about.error?.data?.message ?? about.error?.name ?? "",
      })
    if (event.type === "permission.asked" || event.type === "permission.updated")
      await report("PermissionRequest", {
        session_id: session,
        tool_name: about.permission ?? about.type ?? "",
        tool_input: { command: [about.patterns ?? about.pattern ?? about.title ?? ""].flat().join("\n") },
      })
  }
  return {
    event: async ({ event }) => {
      // Not awaited by the CLI's own work, and nothing here may stop it.
      await seen(event).catch(() => {})
    },
    "chat.message": async (input, output) => {
      if (children.has(input.sessionID)) return
      await begin(input.sessionID)
      await report("UserPromptSubmit", { session_id: input.sessionID, prompt: textOf(output.parts) })
    },
    "tool.execute.before": async (input, output) => {
      const why = await refusal({ session_id: input.sessionID, tool_name: input.tool, tool_input: output.args })
      if (why) throw new Error(why)
    },
  }
}
