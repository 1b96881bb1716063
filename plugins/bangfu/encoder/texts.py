"""What the encoder says to a clerk (提示文字), in both languages."""

from __future__ import annotations

from matching.bilingual import Words

__all__ = ["TEXTS", "YES"]

YES = frozenset({"y", "yes", "是", "对", "好", "确认"})

TEXTS = {
    "title": Words("Encoding tool of the union's assistance service", "工会帮扶比对 · 部门端编码工具"),
    "offline": Words(
        "This program runs on this computer alone and does not use the network. What leaves this house is what you hand over.",
        "本程序只在这台电脑上运行，不联网。只有您亲手交出去的文件才会离开本单位。",
    ),
    "ask_file": Words("Data file (Excel or CSV)", "请输入数据文件（Excel 或 CSV），可把文件拖进本窗口"),
    "ask_agreement": Words("Agreement file", "请输入协议文件"),
    "ask_key": Words("Key file", "请输入密钥文件"),
    "ask_identity": Words("Signing key of this department (empty: none)", "请输入本单位签名密钥文件（没有可直接回车）"),
    "ask_passphrase": Words("Passphrase of the key (not shown)", "请输入密钥口令（输入时不显示）"),
    "ask_folder": Words("Folder for the package", "交换包保存到哪个文件夹"),
    "package_named": Words("package", "交换包"),
    "kept_named": Words("keep", "本单位留存"),
    "ask_again": Words("Once more, or press Enter to leave.", "请重新输入，直接回车退出。"),
    "agreement_holds": Words("The agreement holds.", "协议有效。"),
    "key_fits": Words(
        "The key is the agreement's, epoch {epoch}.", "密钥正确（第 {epoch} 期），与协议公布的校验值一致。"
    ),
    "parties": Words("{union} <- {department}, matched by {unit}", "{union} ← {department}，由{unit}比对"),
    "id": Words("Agreement", "协议编号"),
    "between": Words("Parties", "各方"),
    "purpose": Words("Purpose", "用途"),
    "basis": Words("Legal basis", "依据"),
    "valid": Words("Valid", "有效期"),
    "until": Words("{first} to {last}", "{first} 至 {last}"),
    "method": Words("Method", "编码方式"),
    "method_told": Words(
        "{profile} profile, HMAC {digest}, key epoch {epoch}", "{profile}，HMAC-{digest}，第 {epoch} 期密钥"
    ),
    "standard": Words("standard", "标准档"),
    "strict": Words("strict", "严格档"),
    "as_who": Words("Encoding for", "编码单位"),
    "reading": Words("Reading and checking ...", "正在读取并检查……"),
    "rows_read": Words("{rows} rows read", "已读取 {rows} 行"),
    "recognised": Words("What was recognised", "识别结果"),
    "kind": Words("{kind} file, {rows} data rows, {persons} persons", "{kind} 文件，数据 {rows} 行，{persons} 人次"),
    "rejected": Words("{count} rows cannot be used and are left out: {why}", "{count} 行无法使用，将略过：{why}"),
    "usable": Words("{count} records can be encoded", "可编码 {count} 条"),
    "leaves": Words("What leaves this house", "将要交出的内容"),
    "as_tokens": Words(
        "as tokens that nobody can read without the key: {fields}", "变成密文标记、没有密钥无法还原：{fields}"
    ),
    "reason_told": Words("reason: {reason} (the same for all)", "原因：{reason}（所有记录相同）"),
    "month_told": Words("{field}: year and month alone", "{field}：只给年月"),
    "band_told": Words("{field}: the band alone ({bands})", "{field}：只给档次（{bands}）"),
    "suppressed": Words(
        "{count} records tell neither month nor band, since fewer than five persons share theirs",
        "其中 {count} 条的年月和档次不足 5 人共有，已隐去",
    ),
    "stays": Words("What stays at home", "留在本单位、不交出的内容"),
    "stays_rows": Words("names, numbers, addresses and all other plain text", "姓名、号码、住址等全部原文"),
    "stays_columns": Words("columns that are not in the agreement: {columns}", "协议以外的列：{columns}"),
    "stays_table": Words(
        "the table that says which row bears which random number", "随机编号与原始行的对照表（加密保存）"
    ),
    "absent": Words("Allowed by the agreement but not in the file: {fields}", "协议允许、但文件中没有的字段：{fields}"),
    "unsigned": Words(
        "There is no signing key: the matching unit will not take an unsigned package unless it was agreed.",
        "没有签名密钥：除非另有约定，比对单位不接收未签名的交换包。",
    ),
    "ask_sure": Words("Encode now? (y/n)", "确认编码？（输入“是”继续，其他退出）"),
    "nothing_written": Words("Nothing was written.", "已退出，没有写入任何文件。"),
    "encoding": Words("Encoding {count} records ...", "正在编码 {count} 条……"),
    "done": Words("Done in {seconds} s.", "完成，用时 {seconds} 秒。"),
    "hand_over": Words("Hand over this folder, both files:", "请把这个文件夹（两个文件）交给比对单位："),
    "keep": Words(
        "Keep this file in this house, beside the key; never hand it over:",
        "请把这个文件和密钥一起留在本单位，切勿交出：",
    ),
    "sha256": Words("sha256 of the records", "数据校验值 sha256"),
    "records": Words(
        "{count} records (made-up ones among them, so that nobody can count yours)",
        "{count} 条（含少量虚构的干扰记录）",
    ),
    "closing": Words("Press Enter to close.", "按回车键关闭"),
    "refused": Words("Not done", "未完成"),
    "defect": Words(
        "The program failed ({what}). Nothing was handed over. Tell the union's technical staff this line.",
        "程序出错（{what}）。没有生成任何可交出的文件，请把这一行告诉工会技术人员。",
    ),
    "interrupted": Words("Interrupted. Nothing was handed over.", "已中断，没有生成任何可交出的文件。"),
    "selftest_good": Words(
        "All {count} golden vectors are reproduced, byte for byte.",
        "{count} 组标准样例全部逐字节一致，本机编码结果可靠。",
    ),
    "selftest_bad": Words(
        "Golden vectors differ: {names}. Do not encode on this computer.",
        "标准样例不一致：{names}。请勿在本机编码，并联系工会技术人员。",
    ),
    "key_made": Words("Key file written: {path}", "密钥文件已生成：{path}"),
    "share_made": Words(
        "Share written: {path}. Bring it to the partner in person.", "密钥分量已生成：{path}。请当面交给对方。"
    ),
    "identity_made": Words("Signing key written: {path}", "签名密钥已生成：{path}"),
    "check_value": Words("Check value, for the agreement", "校验值（写入协议）"),
    "public_key": Words("Public key, for the agreement", "公钥（写入协议）"),
    "epoch": Words("Epoch", "期次"),
    "never_unit": Words(
        "Never give the key file to the matching unit; keep two copies in different safes.",
        "密钥文件绝不能交给比对单位；请备份两份，分别存放在不同的保险柜。",
    ),
    "opened": Words(
        "{count} of your rows were matched; written to {path}", "本单位有 {count} 行匹配成功，已写入 {path}"
    ),
    "not_ours": Words(
        "{count} results are of no row of this table and were left out", "{count} 条结果不属于本对照表，已略去"
    ),
    "matched_here": Words(
        "{count} of the union's records were found; hand over:", "找到工会方 {count} 条记录；请交回："
    ),
}
