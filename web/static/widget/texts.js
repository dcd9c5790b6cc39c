// @ts-check
/** Every word the widget shows. */

const EN = {
  title: "Chat with us",
  open: "Open the chat",
  close: "Close the chat",
  unread: "{n} new messages",
  greeting: "Hello! How can we help you?",
  online: "We are here and answer in a moment",
  away: "We are away now and answer later",
  connecting: "Reconnecting… what you write is kept",
  placeholder: "Write a message…",
  send: "Send",
  attach: "Attach a file",
  remove: "Remove {name}",
  dropHere: "Drop files here",
  uploading: "Uploading…",
  you: "You",
  us: "Support",
  sending: "Sending…",
  sent: "Sent",
  failed: "Not sent.",
  again: "Try again",
  typing: "{name} is typing…",
  earlier: "Earlier messages",
  today: "Today",
  yesterday: "Yesterday",
  log: "Conversation",
  name: "Your name",
  phone: "Phone number",
  email: "E-mail",
  message: "How can we help?",
  optional: "optional",
  start: "Start the chat",
  begin: "Tell us who you are and we begin.",
  offlineTitle: "Leave us a message",
  offlineText: "Nobody is here at the moment. Leave your number or e-mail and we get back to you.",
  leave: "Send the message",
  contactNeeded: "A phone number or an e-mail, so that we can answer.",
  leaveNumber: "Leave your number",
  leaveNumberText: "So that we can call you back.",
  save: "Save",
  cancel: "Cancel",
  myNumber: "My phone number: {phone}",
  tooLarge: "{name} is too large.",
  refused: "{name} can't be sent.",
  noUpload: "{name} did not arrive; try again.",
  signedOut: "Your sign-in has expired. Reload the page to go on.",
  blocked: "This chat is not available here.",
  newTab: "opens in a new tab",
  proveOffer: "Prove that {value} is yours",
  proveSent: "We sent a code to {shown}. Type it here to prove it is yours.",
  code: "Code",
  proveDone: "Thank you, that is proved.",
  proveOk: "Check",
  proveWrong: "That is not the code. {n} tries left.",
  proveOver: "This code is not valid any more. Ask for a new one.",
  proveLater: "Too many codes were asked for. Try again later.",
  proveNo: "No code can be sent there.",
};

/** @type {Record<keyof typeof EN, string>} */
const VI = {
  title: "Trò chuyện với chúng tôi",
  open: "Mở khung trò chuyện",
  close: "Đóng khung trò chuyện",
  unread: "{n} tin nhắn mới",
  greeting: "Chào bạn! Chúng tôi giúp được gì cho bạn?",
  online: "Chúng tôi đang trực và trả lời ngay",
  away: "Hiện không có người trực, chúng tôi sẽ trả lời sau",
  connecting: "Đang kết nối lại… tin của bạn vẫn được giữ",
  placeholder: "Nhập tin nhắn…",
  send: "Gửi",
  attach: "Đính kèm tệp",
  remove: "Bỏ {name}",
  dropHere: "Thả tệp vào đây",
  uploading: "Đang tải lên…",
  you: "Bạn",
  us: "Hỗ trợ",
  sending: "Đang gửi…",
  sent: "Đã gửi",
  failed: "Chưa gửi được.",
  again: "Gửi lại",
  typing: "{name} đang nhập…",
  earlier: "Tin nhắn trước đó",
  today: "Hôm nay",
  yesterday: "Hôm qua",
  log: "Cuộc trò chuyện",
  name: "Tên của bạn",
  phone: "Số điện thoại",
  email: "E-mail",
  message: "Bạn cần chúng tôi giúp gì?",
  optional: "không bắt buộc",
  start: "Bắt đầu trò chuyện",
  begin: "Cho chúng tôi biết bạn là ai để bắt đầu nhé.",
  offlineTitle: "Để lại lời nhắn",
  offlineText: "Hiện chưa có người trực. Hãy để lại số điện thoại hoặc e-mail, chúng tôi sẽ liên hệ lại.",
  leave: "Gửi lời nhắn",
  contactNeeded: "Cần số điện thoại hoặc e-mail để chúng tôi trả lời.",
  leaveNumber: "Để lại số điện thoại",
  leaveNumberText: "Để chúng tôi gọi lại cho bạn.",
  save: "Lưu",
  cancel: "Thôi",
  myNumber: "Số điện thoại của tôi: {phone}",
  tooLarge: "{name} quá lớn.",
  refused: "Không gửi được {name}.",
  noUpload: "{name} chưa tải lên được; hãy thử lại.",
  signedOut: "Phiên đăng nhập đã hết hạn. Hãy tải lại trang để tiếp tục.",
  blocked: "Khung trò chuyện không dùng được ở đây.",
  newTab: "mở trong thẻ mới",
  proveOffer: "Xác nhận {value} là của bạn",
  proveSent: "Chúng tôi đã gửi mã đến {shown}. Nhập mã vào đây để xác nhận là của bạn.",
  code: "Mã",
  proveDone: "Cảm ơn bạn, đã xác nhận xong.",
  proveOk: "Kiểm tra",
  proveWrong: "Mã chưa đúng. Bạn còn {n} lần.",
  proveOver: "Mã này không còn dùng được. Hãy xin mã mới.",
  proveLater: "Đã xin quá nhiều mã. Hãy thử lại sau.",
  proveNo: "Không gửi được mã đến đó.",
};

/** @typedef {keyof typeof EN} Word */

/** @param {string | undefined} asked */
export function languageOf(asked) {
  const wanted = asked || document.documentElement.lang || navigator.language || "en";
  return wanted.toLowerCase().startsWith("vi") ? "vi" : "en";
}

/**
 * @param {string} language
 * @returns {(word: Word, values?: Record<string, string | number>) => string}
 */
export function speaking(language) {
  const words = language === "vi" ? VI : EN;
  return (word, values = {}) =>
    words[word].replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}
