"""The texts of the pages for departments that send data (报送部门文案); see `bangfu.portal.texts`."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

__all__ = ["DELIVERY_TEXTS", "Text"]


class Text(NamedTuple):
    """One text; `{name}` stands for a value."""

    zh: str
    en: str


DELIVERY_TEXTS: Mapping[str, Text] = MappingProxyType(
    {
        "site.name_sender": Text("困难职工帮扶数据报送", "Hardship assistance: sending data"),
        "site.sending": Text("报送", "Send"),
        "site.sender_duty": Text(
            "数据只用于发现尚未建档的困难职工，不作他用。",
            "The data serves to find workers in hardship who are not registered, and nothing else.",
        ),
        "role.department": Text("报送部门", "sending department"),
        "send.title": Text("数据报送", "Send data"),
        "send.intro": Text(
            "选择期间，上传文件，系统检查后给出回执。", "Choose the period, upload the files, get a receipt."
        ),
        "send.monthly": Text("每月报送", "every month"),
        "send.quarterly": Text("每季度报送", "every quarter"),
        "send.daily": Text("每日报送", "every day"),
        "send.period": Text("期间", "Period"),
        "send.period_free": Text("{period}", "{period}"),
        "send.period_taken": Text("{period}（已报送至第 {revision} 版）", "{period} (revision {revision} is there)"),
        "send.begin": Text("报送这一期", "Send this period"),
        "send.correct": Text("报送更正", "Send a correction"),
        "send.own": Text("我的报送", "What you have sent"),
        "send.none": Text("还没有报送过", "Nothing has been sent yet"),
        "send.none_hint": Text(
            "从上面选择期间开始。刚刚上传的文件几分钟内会出现在这里。",
            "Begin with a period above. What was just uploaded appears here within minutes.",
        ),
        "send.caption": Text("我的报送：点击查看回执", "What you have sent: follow it to its receipt"),
        "send.what": Text("数据与期间", "Data and period"),
        "send.state": Text("状态", "State"),
        "send.files": Text("文件", "Files"),
        "send.rows": Text("行数", "Rows"),
        "send.received": Text("收到时间", "Received"),
        "send.revision": Text("第 {revision} 版", "revision {revision}"),
        "send.no_period": Text("未说明期间", "no period"),
        "send.rows_usable": Text("可用 {accepted}", "{accepted} usable"),
        "send.rows_returned": Text("退回 {rejected}", "{rejected} returned"),
        "send.older": Text("更早的报送", "Earlier ones"),
        "send.newer": Text("较新的报送", "Newer ones"),
        "upload.title": Text("上传文件", "Upload files"),
        "upload.back": Text("返回数据报送", "Back"),
        "upload.sender": Text("报送单位代码", "Sender code"),
        "upload.revision": Text("版次", "Revision"),
        "upload.first": Text("这一期还没有报送过。", "Nothing has been sent for this period yet."),
        "upload.replaces": Text(
            "这是更正：第 {revision} 版将整体替换第 {before} 版，请把这一期的全部文件一起上传，不要只传改动的行。",
            "This is a correction: revision {revision} replaces revision {before} as a whole. Upload all files of the "
            "period, not only the rows that changed.",
        ),
        "upload.file": Text("文件 {number}", "File {number}"),
        "upload.rows": Text("数据行数", "Data rows"),
        "upload.rows_hint": Text(
            "按业务系统的条数填写，不含表头、合计、签名和空行。系统会逐一核对，不一致就整份退回，这样漏传能被发现。",
            "As your own system counts them, without headings, totals, signatures and empty rows. They are compared: "
            "where they differ everything is refused, so that nothing is lost unseen.",
        ),
        "upload.more": Text("还有文件", "More files"),
        "upload.formats": Text(
            "Excel（.xlsx、.xls）或 CSV，可以压缩成 zip（一个压缩包一个文件）。每个文件不超过 {file_limit} MB，"
            "一次不超过 {form_limit} MB；更大的请联系省总工会数据管理员。",
            "Excel (.xlsx, .xls) or CSV, zipped or not (one file in a zip). At most {file_limit} MB a file and "
            "{form_limit} MB in all; for more, ask the federation’s data office.",
        ),
        "upload.before": Text("上传前请看三处", "Check three things first"),
        "upload.check_numbers": Text(
            "证件号码列是“文本”格式，没有变成 5.39E+17。", "Identity numbers are text and not 5.39E+17."
        ),
        "upload.check_amounts": Text("金额的单位是元，不是万元。", "Amounts are in yuan."),
        "upload.check_forbidden": Text(
            "没有银行卡号、病种、诊断等不需要的列；统计调查资料和基金监管数据依法不能报送。",
            "No bank cards, diagnoses or other columns that are not needed; statistical surveys and supervision data "
            "must not be sent.",
        ),
        "upload.submit": Text("上传并报送", "Upload and send"),
        "upload.wait": Text(
            "上传期间请不要关闭页面；大文件需要几分钟。",
            "Keep the page open while it uploads; large files take minutes.",
        ),
        "problem.title": Text("没有报送成功", "Nothing was sent"),
        "problem.again": Text("请更正后重新选择文件。", "Put it right and choose the files again."),
        "problem.no_file": Text("没有选择文件，或文件是空的。", "No file was chosen, or it is empty."),
        "problem.rows": Text("每个文件都要填写数据行数（整数）。", "State the data rows of each file, as a number."),
        "problem.revision": Text(
            "第 {revision} 版已经报送过；更正请用第 {following} 版。",
            "Revision {revision} is there already; a correction is revision {following}.",
        ),
        "problem.too_large": Text(
            "文件太大：每个文件不超过 {file_limit} MB，一次不超过 {form_limit} MB。可以压缩成 zip，"
            "或联系省总工会数据管理员取得上传地址。",
            "Too large: at most {file_limit} MB a file and {form_limit} MB in all. Zip it, or ask the federation’s "
            "data office for an upload address.",
        ),
        "problem.manifest": Text("这些文件不能一起报送：{reason}", "These files cannot be sent together: {reason}"),
        "problem.same_file": Text("同一个文件选了两次", "the same file was chosen twice"),
        "problem.other": Text("期间、版次或文件名不正确", "period, revision or a file name is not right"),
        "state.sent": Text("已上传，正在检查", "uploaded, being checked"),
        "state.received": Text("已收到，正在检查", "received, being checked"),
        "state.held": Text("等待审核", "waiting for approval"),
        "state.accepted": Text("已接收", "accepted"),
        "state.rejected": Text("拒收", "refused"),
        "state.retracted": Text("已撤回", "retracted"),
        "delivery.title": Text("报送情况", "Delivery"),
        "delivery.number": Text("投递编号", "Delivery"),
        "delivery.checking": Text(
            "文件已经收到，系统正在检查，通常几分钟。本页会自动刷新，也可以稍后回来看。",
            "The files have arrived and are being checked, usually within minutes. This page reloads by itself; "
            "you may also come back later.",
        ),
        "delivery.checking_long": Text(
            "文件已经收到，检查还没有完成。请稍后回来看；超过一天仍是这样，请把投递编号告诉省总工会数据管理员。",
            "The files have arrived; checking them is not finished. Come back later; if it stays so for a day, tell "
            "the federation’s data office the number of the delivery.",
        ),
        "delivery.reason": Text("原因", "Reason"),
        "delivery.next": Text("接下来怎么做", "What to do"),
        "delivery.files": Text("各文件的情况", "Files"),
        "delivery.file": Text("文件", "File"),
        "delivery.stated": Text("写明行数", "stated"),
        "delivery.read": Text("读到行数", "read"),
        "delivery.usable": Text("可用", "usable"),
        "delivery.returned": Text("退回", "returned"),
        "delivery.returned_why": Text("退回的行为什么不能用", "Why rows were returned"),
        "delivery.rows_of": Text("{count} 行", "rows: {count}"),
        "delivery.download": Text("下载回执（Excel）", "Receipt (Excel)"),
        "delivery.download_hint": Text(
            "回执逐行列出文件、行号、列名和原因，并说明每一列是怎样理解的；不含姓名、证件号码等内容。",
            "The receipt lists file, row, column and reason, and how each column was understood; it holds nothing of "
            "a person.",
        ),
        "delivery.no_receipt": Text(
            "回执暂时打不开，请稍后再试。", "The receipt cannot be opened at the moment: try again later."
        ),
        "error.404_sender": Text(
            "该页面不存在，或不是您单位的报送。", "There is no such page, or it is not a delivery of yours."
        ),
    }
)
"""The catalogue of these pages."""
