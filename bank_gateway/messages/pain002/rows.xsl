<?xml version="1.0" encoding="UTF-8"?>
<!-- Statuses of a pain.002 as CSV rows: a kind, then pairs of a tag and a quoted value.
     U payment information · D transaction · A reason, of the U or D before it · K a creditor reference of the D before.
     An element this stylesheet doesn't know becomes the tag "?" with its name. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:c="@NAMESPACE@">
  <xsl:output method="text" encoding="UTF-8"/>
  <xsl:param name="unit_from" select="0"/>
  <xsl:param name="unit_to" select="0"/>
  <xsl:param name="detail_from" select="0"/>
  <xsl:param name="detail_to" select="0"/>
  <xsl:param name="ended" select="1"/>

  <xsl:template match="/c:CstmrPmtStsRpt">
    <xsl:for-each select="c:OrgnlPmtInfAndSts[position() &gt; $unit_from and position() &lt;= $unit_to]">
      <xsl:call-template name="payment_information"/>
      <xsl:for-each select="c:TxInfAndSts"><xsl:call-template name="transaction"/></xsl:for-each>
    </xsl:for-each>
  </xsl:template>

  <xsl:template match="/c:OrgnlPmtInfAndSts">
    <xsl:call-template name="payment_information"/>
    <xsl:for-each select="c:TxInfAndSts[position() &gt; $detail_from and position() &lt;= $detail_to]">
      <xsl:call-template name="transaction"/>
    </xsl:for-each>
  </xsl:template>

  <!--@VALUES@-->

  <!-- Payment information -->
  <xsl:template name="payment_information">
    <xsl:text>U</xsl:text>
    <xsl:apply-templates select="*" mode="u"/>
    <xsl:text>&#10;</xsl:text>
    <xsl:apply-templates select="c:StsRsnInf" mode="a"/>
  </xsl:template>
  <xsl:template match="c:OrgnlPmtInfId" mode="u">,pii,"<xsl:call-template name="text"/>"</xsl:template>
  <xsl:template match="c:PmtInfSts" mode="u">,sts,"<xsl:call-template name="text"/>"</xsl:template>
  <xsl:template match="c:OrgnlNbOfTxs | c:OrgnlCtrlSum | c:StsRsnInf | c:NbOfTxsPerSts | c:TxInfAndSts" mode="u"/>
  <xsl:template match="*" mode="u">,?,"<xsl:value-of select="local-name()"/>"</xsl:template>

  <!-- Reasons -->
  <xsl:template match="c:StsRsnInf" mode="a">
    <xsl:text>A</xsl:text>
    <xsl:apply-templates select="*" mode="reason"/>
    <xsl:text>&#10;</xsl:text>
  </xsl:template>
  <xsl:template match="c:Rsn" mode="reason">,cod,"<xsl:call-template name="code_or_proprietary"/>"</xsl:template>
  <xsl:template match="c:AddtlInf" mode="reason">,txt,"<xsl:call-template name="text"/>"</xsl:template>
  <xsl:template match="c:Orgtr" mode="reason"/>
  <xsl:template match="*" mode="reason">,?,"<xsl:value-of select="local-name()"/>"</xsl:template>

  <!-- Transactions -->
  <xsl:template name="transaction">
    <xsl:text>D</xsl:text>
    <xsl:apply-templates select="*" mode="d"/>
    <xsl:text>&#10;</xsl:text>
    <xsl:apply-templates select="c:StsRsnInf" mode="a"/>
    <xsl:apply-templates select="c:OrgnlTxRef/c:RmtInf/c:Strd/c:CdtrRefInf" mode="k"/>
  </xsl:template>
  <xsl:template match="c:OrgnlInstrId" mode="d">,iid,"<xsl:call-template name="text"/>"</xsl:template>
  <xsl:template match="c:OrgnlEndToEndId" mode="d">,e2e,"<xsl:call-template name="text"/>"</xsl:template>
  <xsl:template match="c:TxSts" mode="d">,sts,"<xsl:call-template name="text"/>"</xsl:template>
  <xsl:template match="c:AccptncDtTm" mode="d">,acc,"<xsl:call-template name="formed"/>"</xsl:template>
  <xsl:template match="c:AcctSvcrRef" mode="d">,asr,"<xsl:call-template name="text"/>"</xsl:template>
  <xsl:template match="c:OrgnlTxRef" mode="d"><xsl:apply-templates select="c:ReqdExctnDt" mode="d"/></xsl:template>
  <xsl:template match="c:ReqdExctnDt" mode="d">
    <xsl:choose>
      <xsl:when test="*"><xsl:for-each select="c:Dt | c:DtTm">,rqd,"<xsl:call-template name="formed"/>"</xsl:for-each></xsl:when>
      <xsl:otherwise>,rqd,"<xsl:call-template name="formed"/>"</xsl:otherwise>
    </xsl:choose>
  </xsl:template>
  <xsl:template match="c:StsId | c:OrgnlUETR | c:StsRsnInf | c:ChrgsInf | c:TrckrData | c:ClrSysRef | c:SplmtryData" mode="d"/>
  <xsl:template match="*" mode="d">,?,"<xsl:value-of select="local-name()"/>"</xsl:template>

  <xsl:template match="c:CdtrRefInf" mode="k">
    <xsl:text>K</xsl:text>
    <xsl:for-each select="c:Tp/c:CdOrPrtry/*">,rtp,"<xsl:call-template name="text"/>"</xsl:for-each>
    <xsl:for-each select="c:Tp/c:Issr">,iss,"<xsl:call-template name="text"/>"</xsl:for-each>
    <xsl:for-each select="c:Ref">,ref,"<xsl:call-template name="text"/>"</xsl:for-each>
    <xsl:text>&#10;</xsl:text>
  </xsl:template>
</xsl:stylesheet>
