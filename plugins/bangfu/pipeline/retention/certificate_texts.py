"""The fixed sentences of a certificate of destruction, Chinese first."""

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["REMAINS", "ZONES"]

ZONES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "landing": ("落地区", "landed cells"),
        "standard": ("标准区", "standardised rows"),
        "quarantine": ("隔离区", "rejected rows"),
        "links": ("匹配结果", "links"),
        "models": ("匹配模型", "linkage models"),
        "reports": ("报告", "reports"),
        "receipts": ("回执", "receipts"),
        "data_key": ("数据密钥", "data key alone"),
    }
)
"""The areas of the object store."""

REMAINS: tuple[tuple[str, str], ...] = (
    (
        "数据密钥的密文副本可能仍存在于数据库预写日志（WAL）和数据库备份中，直至其各自保存期满；在此之前，同时持有该副本、"
        "主密钥和对象备份者仍可读出数据。",
        "Wrapped copies of the data keys may survive in the write-ahead log and in backups of the database until these "
        "expire; until then, whoever holds such a copy, the master key and a copy of an object can still read it.",
    ),
    (
        "密钥表已随本次运行重写（VACUUM FULL）；其间如有未结束的事务，旧行由此后七日内的运行清除。",
        "The table of keys was written anew with this run; a former row that an open transaction held back goes with "
        "the runs of the following seven days.",
    ),
    (
        "对象存储的历史版本和备份由其自身的生命周期规则清除。已加密的对象在密钥销毁后不可读；以明文保存的对象不受此保护。",
        "Former versions and backups of the object store go by its own lifecycle rules. Encrypted objects cannot be read "
        "once their key is destroyed; objects that were kept plain have no such protection.",
    ),
    (
        "报送部门自行留存的文件，以及其他服务器上的临时缓存，不在本证明范围内。",
        "Files that the sending departments keep themselves, and caches on other servers, are not covered.",
    ),
    (
        "接收登记、处理计数、数据交换记录、访问日志和已发布的线索按各自期限保存，不含于本次销毁。",
        "The register of deliveries, counts of runs, exchange and access logs and published clues are kept for their own "
        "periods and are not part of this destruction.",
    ),
)
"""What is not destroyed by this."""
