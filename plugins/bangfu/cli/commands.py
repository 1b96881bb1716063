"""Which commands there are, in the order of the way the data goes.

A command is a function named like it in `bangfu.cli.<module>`, annotated for typer; its docstring is
its help and ends in an example. A group of commands is a `typer.Typer` named `app` there.
"""

from dataclasses import dataclass

__all__ = ["COMMANDS", "Command"]


@dataclass(frozen=True)
class Command:
    """One command.

    Attributes:
        name: As typed.
        summary: One line for `bangfu --help`.
        module: Module of `bangfu.cli`; the command's own name where absent.
    """

    name: str
    summary: str
    module: str = ""

    @property
    def path(self) -> str:
        return f"bangfu.cli.{self.module or self.name}"


COMMANDS = (
    Command("demo", "The whole chain on synthetic data, with Airflow and the portal (演示)."),
    Command("up", "Start the services of this installation and keep them running."),
    Command("serve", "Serve the officers' portal (核查门户)."),
    Command("synth", "Write a synthetic province: messy extracts, and the truth apart (合成数据)."),
    Command("source", "Sources: list them, check a file, draft a new one (数据源)."),
    Command("manifest", "State what a delivery holds: names, sizes, digests, rows (报送清单)."),
    Command("upload", "Make addresses to which a department uploads a delivery (上传地址)."),
    Command("drop", "Put partner files or a delivery into the drop area, for Airflow to fetch (投递)."),
    Command("receive", "Register partner extracts; prints a receipt for each (接收)."),
    Command("receipt", "What the sender of a delivery is told, with the workbook (回执)."),
    Command("retract", "Withdraw an extract: its rows are no longer read (撤回)."),
    Command("standardise", "Standardise what has been received; quarantine what cannot be (标准化)."),
    Command("profile", "Show what a delivery holds and how it differs from the one before (数据质量报告)."),
    Command("approve", "Decide about a delivery that is held: use it, or turn it down (审批)."),
    Command("link", "Match every source with the union roster, person by person (匹配)."),
    Command("screen", "Find members with evidence of hardship and no archive (筛查)."),
    Command("rules", "Screening rules: show, check, enter, approve, compare (筛查规则)."),
    Command("parameters", "Parameters of the rules by county and date (政策参数)."),
    Command("publish", "Show the screened list to the local unions, approved by a second person (发布)."),
    Command("approvals", "What waits for a second person: lists to publish, persons to export (双人审批)."),
    Command("channels", "How each union is told: portal inbox, e-mail, webhook, none (通知渠道)."),
    Command("dispatch", "Send the notices that wait, by e-mail and webhook (发送通知)."),
    Command("tokens", "Tokens of unions' own systems, for reading notices (接口令牌)."),
    Command("run", "standardise, link and screen, then ask whether to publish."),
    Command("candidates", "Export the candidates as Parquet, for operators (导出线索)."),
    Command("lists", "Lists beside the candidates: left out, exits, returns, duplicates (其他清单)."),
    Command("gaps", "Households in hardship that are on no civil-affairs list, by county (应享尽享).", "lists"),
    Command("cases", "Cases of review: steps by time, what ended ones teach, what samples say (核查案件)."),
    Command("agreement", "Agreements for encoded matching: make, sign, show, verify (加密比对协议)."),
    Command("match", "Link any two CSV or Parquet files, or dedupe one."),
    Command("model", "Linkage models: show one, compare two, import one from Splink (模型)."),
    Command("retire", "Delete what has been kept long enough, with a certificate (到期销毁)."),
    Command("certificate", "Write the certificate of a retention run as a page to print (销毁证明).", "retire"),
    Command("key", "Keys of the encrypted extracts: status, rotation (密钥)."),
    Command("status", "What has been received, linked and published."),
    Command("user", "Portal accounts of local union officers (账号)."),
    Command("audit", "The access log: sealed, verified, who saw whom; exports (审计)."),
)
