"""The texts of workbooks and printed forms (工作簿文案); see `bangfu.portal.texts`. What a row's verdict says is the receipt's."""

from collections.abc import Mapping
from types import MappingProxyType

from bangfu.portal.delivery_texts import Text

__all__ = ["WORKBOOK_TEXTS"]

WORKBOOK_TEXTS: Mapping[str, Text] = MappingProxyType(
    {
        "workbook.nav": Text("线下核查", "Offline"),
        "workbook.title": Text("线下核查", "Working offline"),
        "workbook.intro": Text(
            "领取工作簿或打印调查表，入户填写后传回；先预览，再导入。",
            "Take a workbook or printed forms along, fill them in, bring them back: first a preview, then the import.",
        ),
        "workbook.make": Text("领取工作簿", "Take a workbook"),
        "workbook.which": Text("名单", "List"),
        "workbook.choice": Text(
            "{label}（待核查 {count} 件，分派给我 {mine} 件）", "{label} ({count} open, {mine} mine)"
        ),
        "workbook.mine": Text("只要分派给我的", "only what is assigned to me"),
        "workbook.most": Text(
            "每份最多 {most} 件，先到期的在前；正在等他人核实的不在内。",
            "At most {most} cases, those due first; what waits for another's confirmation is left out.",
        ),
        "workbook.password": Text("打开密码", "Opening password"),
        "workbook.use_generated": Text("用系统生成的密码", "use this generated one"),
        "workbook.generated_note": Text(
            "只在本页显示这一次，请先记下。", "Shown on this page this once: write it down first."
        ),
        "workbook.use_own": Text("自己设密码（至少 {least} 个字符）", "choose one ({least} characters at least)"),
        "workbook.own": Text("密码", "Password"),
        "workbook.again": Text("再输一次", "Once more"),
        "workbook.channel": Text(
            "密码不要和文件一起发：请当面或打电话告诉填写人。系统不保存密码，忘记了就重新领取。",
            "Never send it together with the file: tell it in person or by telephone. It is not kept; if it is lost, take "
            "another workbook.",
        ),
        "workbook.download": Text("下载加密工作簿", "Download the encrypted workbook"),
        "workbook.recorded": Text(
            "每次领取都登记：谁、何时、多少件、做什么用；每一页有您的姓名水印。",
            "Every file is recorded: who, when, how many, what for; your name is on every page.",
        ),
        "workbook.forms": Text("打印入户调查表", "Print visit forms"),
        "workbook.forms_note": Text(
            "分派给我的，每件一张（正反面），最多 {most} 件；证件号码已遮盖。",
            "What is assigned to me, one sheet each (front and back), {most} at most; identity numbers are masked.",
        ),
        "workbook.forms_button": Text("{label}（{mine} 件）", "{label} ({mine})"),
        "workbook.no_mine": Text("没有分派给您、等待核查的案件。", "No open case is assigned to you."),
        "workbook.print_form": Text("打印入户调查表", "print the visit form"),
        "workbook.upload": Text("传回工作簿", "Bring a workbook back"),
        "workbook.file": Text("填好的工作簿（xlsx 或 xls）", "The filled workbook (xlsx or xls)"),
        "workbook.file_password": Text("打开密码（有密码的才填）", "Opening password (if it still has one)"),
        "workbook.preview": Text("上传并预览", "Upload and preview"),
        "workbook.before": Text(
            "预览时什么都不写入。上传的内容加密保存 30 分钟，只有您能看到，导入后只留回执。",
            "A preview writes nothing. What you upload is kept encrypted for 30 minutes, for you alone; after the import "
            "only the receipt stays.",
        ),
        "workbook.visitors": Text(
            "核查人1、核查人2须是本单位有账号的人；属实和不符合的，登记入户后由另一人核实。",
            "Both visitors need an account at this desk; what a visit found is then confirmed by another person.",
        ),
        "workbook.members": Text(
            "家庭成员表只检查、只记人数，请留存原表备建档时用。",
            "The household members are checked and counted, not stored: keep the workbook or form for the filing.",
        ),
        "workbook.only_look": Text(
            "本级领取的只供查看；填写和传回的工作簿由县级或产业、系统、公司工会自己领取。",
            "For looking only: a county or another union takes its own workbook, which it fills in and brings back.",
        ),
        "workbook.problem_nothing": Text(
            "这个名单现在没有等待核查的案件。", "No case of this list waits for a visit now."
        ),
        "workbook.problem_short": Text(
            "密码太短：至少 {least} 个字符。", "The password is too short: {least} characters at least."
        ),
        "workbook.problem_differ": Text("两次输入的密码不同，请重新输入。", "The passwords differ: enter them again."),
        "workbook.problem_no_forms": Text(
            "没有分派给您、等待核查的案件，没有可打印的。",
            "No open case is assigned to you: there is nothing to print.",
        ),
        "workbook.refused": Text("没有接收：{why}", "Not accepted: {why}"),
        "workbook.own_uploads": Text("我传回的", "What I brought back"),
        "workbook.uploaded": Text("上传时间", "Uploaded"),
        "workbook.state": Text("状态", "State"),
        "workbook.applied_at": Text("{time} 已导入", "imported {time}"),
        "workbook.waiting": Text("未导入，{time} 前有效", "not imported, kept until {time}"),
        "workbook.look": Text("查看", "Look"),
        "workbook.preview_title": Text("导入前预览", "Before the import"),
        "workbook.receipt_title": Text("导入回执", "Receipt"),
        "workbook.batch": Text("批次", "batch"),
        "workbook.nothing_yet": Text(
            "现在还没有写入任何内容。请核对下面每一行，再导入。{time} 前有效。",
            "Nothing is written yet. Look at every row, then import. Kept until {time}.",
        ),
        "workbook.apply": Text("导入 {count} 行", "Import {count} row(s)"),
        "workbook.drop": Text("放弃", "Discard"),
        "workbook.none_ready": Text(
            "没有可以导入的行：请按下面的原因更正后重新上传。", "No row can be imported: correct what is told below."
        ),
        "workbook.receipt_file": Text("下载回执（Excel）", "Download the receipt (Excel)"),
        "workbook.preview_file": Text("下载预览（Excel）", "Download the preview (Excel)"),
        "workbook.rows": Text("逐行结果，要更正的在前", "Row by row, what to correct first"),
        "workbook.row": Text("行", "Row"),
        "workbook.case": Text("线索编号", "Clue"),
        "workbook.verdict": Text("结果", "Result"),
        "workbook.reason": Text("原因", "Reason"),
        "workbook.todo": Text("怎样处理", "What to do"),
        "workbook.more": Text("另有 {count} 行，见下载的文件。", "{count} more rows are in the file."),
        "workbook.back": Text("返回线下核查", "Back to working offline"),
        "workbook.empty": Text("工作簿里没有填写任何一行。", "No row is filled in."),
        "action.workbook_page": Text("打开线下核查", "offline page"),
        "action.workbook": Text("领取工作簿", "workbook taken"),
        "action.visit_forms": Text("打印入户调查表", "visit forms printed"),
        "action.workbook_upload": Text("上传工作簿", "workbook uploaded"),
        "action.workbook_refused": Text("工作簿未接收", "workbook refused"),
        "action.workbook_preview": Text("看上传预览或回执", "upload looked at"),
        "action.workbook_apply": Text("导入工作簿", "workbook imported"),
        "action.workbook_dropped": Text("放弃上传", "upload discarded"),
    }
)
