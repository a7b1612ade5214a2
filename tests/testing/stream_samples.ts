// Streams as Coze sends them, from the test data of coze-py (MIT). The audio is shortened.

/** An answer in text. */
export const TEXT = `event:conversation.chat.created
data:{"id":"7382159487131697202","conversation_id":"7381473525342978089","bot_id":"7379462189365198898","completed_at":1718792949,"last_error":{"code":0,"msg":""},"status":"created","usage":{"token_count":0,"output_count":0,"input_count":0}}

event:conversation.chat.in_progress
data:{"id":"7382159487131697202","conversation_id":"7381473525342978089","bot_id":"7379462189365198898","completed_at":1718792949,"last_error":{"code":0,"msg":""},"status":"in_progress","usage":{"token_count":0,"output_count":0,"input_count":0}}

event:conversation.message.delta
data:{"id":"7382159494123470858","conversation_id":"7381473525342978089","bot_id":"7379462189365198898","role":"assistant","type":"answer","content":"2","content_type":"text","chat_id":"7382159487131697202"}

event:conversation.message.delta
data:{"id":"7382159494123470858","conversation_id":"7381473525342978089","bot_id":"7379462189365198898","role":"assistant","type":"answer","content":"星期三","content_type":"text","chat_id":"7382159487131697202"}

event:conversation.message.delta
data:{"id":"7382159494123470858","conversation_id":"7381473525342978089","bot_id":"7379462189365198898","role":"assistant","type":"answer","content":"。","content_type":"text","chat_id":"7382159487131697202"}

event:conversation.message.completed
data:{"id":"7382159494123470858","conversation_id":"7381473525342978089","bot_id":"7379462189365198898","role":"assistant","type":"answer","content":"2024 年 10 月 1 日是星期三。","content_type":"text","chat_id":"7382159487131697202"}

event:conversation.chat.completed
data:{"id":"7382159487131697202","conversation_id":"7381473525342978089","bot_id":"7379462189365198898","completed_at":1718792949,"last_error":{"code":0,"msg":""},"status":"completed","usage":{"token_count":633,"output_count":19,"input_count":614}}

event:done
data:"[DONE]"`;

/** An answer in text and voice. The voice comes after the chat's end. */
export const AUDIO = `event:conversation.chat.created
data:{"id":"chat_id","conversation_id":"conversation_id","bot_id":"bot_id","created_at":1730713302,"last_error":{"code":0,"msg":""},"status":"created","usage":{"token_count":0,"output_count":0,"input_count":0},"required_action":{"type":"","submit_tool_outputs":{"tool_calls":[]}},"section_id":"conversation_id"}

event:conversation.message.delta
data:{"id":"message_id","conversation_id":"conversation_id","bot_id":"bot_id","role":"assistant","type":"answer","content":"delta text","content_type":"text","chat_id":"chat_id","section_id":"conversation_id"}

event:conversation.message.completed
data:{"id":"7433357037570146342","conversation_id":"conversation_id","bot_id":"bot_id","role":"assistant","type":"verbose","content":"{\\"msg_type\\":\\"generate_answer_finish\\",\\"data\\":\\"{\\\\\\"finish_reason\\\\\\":0,\\\\\\"FinData\\\\\\":\\\\\\"\\\\\\"}\\",\\"from_module\\":null,\\"from_unit\\":null}","content_type":"text","chat_id":"chat_id","section_id":"conversation_id"}

event:conversation.chat.completed
data:{"id":"chat_id","conversation_id":"conversation_id","bot_id":"bot_id","created_at":1730713302,"completed_at":1730713309,"last_error":{"code":0,"msg":""},"status":"completed","usage":{"token_count":115,"output_count":24,"input_count":91},"required_action":{"type":"","submit_tool_outputs":{"tool_calls":[]}},"section_id":"conversation_id"}

event:conversation.audio.delta
data:{"id":"message_id","conversation_id":"conversation_id","bot_id":"bot_id","role":"assistant","type":"answer","content":"KgAxAC8ALgAvAC0AKgAuACwAKgAnACUAIwAiACIAGQAXABwAGQAUABMAFgAXABAAEwATABEAEwAWABUAEwAWABQAGQAaABUAFQ==","content_type":"audio","chat_id":"chat_id","section_id":"conversation_id"}

event:done
data:"[DONE]"
`;

/** A chat that fails, without a blank line at its end and without `done`. */
export const FAILED = `event:conversation.chat.failed
data:{"id":"7390342853760696354","conversation_id":"7390331532575195148","bot_id":"7374724495711502387","completed_at":1720698285,"failed_at":1720698286,"last_error":{"code":5000,"msg":"event interval error"},"status":"failed","usage":{"token_count":0,"output_count":0,"input_count":0}}`;

/** An answer of a workflow: no bot, spaces after the colons, `done` with an object. */
export const WORKFLOW = `event: conversation.chat.created
data: {"id":"id_1111","conversation_id":"conv_111111111","created_at":1735115982,"last_error":{"code":0,"msg":""},"status":"created","usage":{"token_count":0,"output_count":0,"input_count":0},"section_id":"conv_111111111"}

event: conversation.message.delta
data: {"id":"id_2222","conversation_id":"conv_111111111","role":"assistant","type":"answer","content":"'m fine, thank you. How about you","content_type":"text","chat_id":"id_1111","section_id":"conv_111111111"}

event: conversation.message.completed
data: {"id":"id_2222","conversation_id":"conv_111111111","role":"assistant","type":"answer","content":"I'm fine, thank you. How about you?","content_type":"text","chat_id":"id_1111","section_id":"conv_111111111","created_at":1735115983}

event: conversation.chat.completed
data: {"id":"id_1111","conversation_id":"conv_111111111","created_at":1735115982,"completed_at":1735115983,"last_error":{"code":0,"msg":""},"status":"completed","usage":{"token_count":32,"output_count":11,"input_count":21},"section_id":"conv_111111111"}

event: done
data: {"debug_url":"https://www.coze.cn/work_flow?execute_id=execute_1111\\u0026space_id=space_111\\u0026workflow_id=workflow_1111"}`;

/** An error event. */
const ERROR = `event:error
data:{}`;

/** A refusal as bare JSON, which is no event. */
export const BARE_JSON =
  `{"code":4000,"msg":"Request parameter error","detail":{"logid":"20241210152726467C48D89D6DB2"}}`;

/** All of them, by name. */
export const SAMPLES: Readonly<Record<string, string>> = {
  TEXT,
  AUDIO,
  FAILED,
  WORKFLOW,
  ERROR,
  BARE_JSON,
};
