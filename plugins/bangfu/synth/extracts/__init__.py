"""Lays out each source's rows as its departments send them (各部门报送样式)."""
